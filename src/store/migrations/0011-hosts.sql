-- Processes that share this database, each with a lease in milliseconds since 1970 by the clock of the database.
create table hosts (
  id text primary key,
  roles text[] not null,
  internal_url text not null,
  public_url text not null,
  capacity int not null,
  version text not null,
  started_at bigint not null,
  lease_until bigint not null
);

-- How far a host is with the newest revision of a function that it knows; the function's status follows from them.
create table preparations (
  function_id text not null references functions on delete cascade,
  host_id text not null,
  revision text not null,
  status text not null,
  reasons json not null,
  primary key (function_id, host_id)
);

create index preparations_by_host on preparations (host_id);
