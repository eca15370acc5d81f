-- What makes a function run besides calls by name. `settings` is what its type needs; `host_label` the first label of a function URL.
create table triggers (
  trigger_id text primary key,
  function_id text not null references functions (function_id) on delete cascade,
  qualifier text not null,
  type text not null,
  name text not null,
  settings json not null,
  host_label text unique,
  description text not null,
  custom_argument text not null,
  is_enabled boolean not null,
  add_time bigint not null,
  mod_time bigint not null
);

create unique index triggers_of_function on triggers (function_id, type, name, qualifier);
-- A version or alias has one URL.
create unique index function_urls on triggers (function_id, qualifier) where type = 'http';
