-- Numbers of versions are never used twice, not even after all of them were deleted.
create table layers (
  name text primary key,
  last_version int not null
);

create table layer_versions (
  name text not null references layers (name),
  number int not null,
  description text not null,
  license text not null,
  compatible_runtimes text[] not null,
  tags json not null,
  add_time bigint not null,
  code_sha256 text not null,
  code_size bigint not null,
  unpacked_bytes bigint not null,
  primary key (name, number)
);

-- Copies of the layers' hashes in `spec`, for whoever removes what nothing uses: `json` cannot be looked into when it holds U+0000.
alter table functions add column layer_sha256s text[] not null default '{}';
alter table versions add column layer_sha256s text[] not null default '{}';

-- Every specification is an object with fields, and says from now on that it has no layers.
update functions set spec = ('{"layers":[],' || substr(ltrim(spec::text), 2))::json;
update versions set spec = ('{"layers":[],' || substr(ltrim(spec::text), 2))::json;
-- With blanks around the colon as json_build_object writes it, which is at one place only: what came from us has none, and texts escape quotes.
update functions set served = replace(served::text, '"spec" : {', '"spec" : {"layers":[],')::json where served is not null;
