-- Services of the API gateway, as they are edited. What is served is in api_releases: each row is one release, whole, and never changes.
create table api_services (
  service_id text primary key,
  content json not null,
  add_time bigint not null,
  mod_time bigint not null
);

create table apis (
  api_id text primary key,
  service_id text not null references api_services (service_id) on delete cascade,
  -- What must not be there twice in a service: protocol, method and path without the names of its parameters.
  route text not null,
  content json not null,
  add_time bigint not null,
  mod_time bigint not null
);
create unique index routes_of_apis on apis (service_id, route);

create table api_releases (
  service_id text not null references api_services (service_id) on delete cascade,
  version_name text not null,
  environment text not null,
  description text not null,
  apis json not null,
  released_at bigint not null,
  primary key (service_id, version_name)
);

-- The release that an environment serves.
create table api_environments (
  service_id text not null,
  environment text not null,
  version_name text not null,
  since bigint not null,
  primary key (service_id, environment),
  foreign key (service_id, version_name) references api_releases (service_id, version_name) on delete cascade
);

-- Requests per second; an empty api_id is the whole environment.
create table api_limits (
  service_id text not null references api_services (service_id) on delete cascade,
  environment text not null,
  api_id text not null,
  per_second integer not null,
  primary key (service_id, environment, api_id)
);

-- Usage plans, keys, address lists, plugins and applications: each a kind of its own.
create table api_objects (
  kind text not null,
  object_id text not null,
  content json not null,
  add_time bigint not null,
  mod_time bigint not null,
  primary key (kind, object_id)
);

-- What acts on an API in an environment; an empty api_id is all of them.
create table api_bindings (
  kind text not null,
  object_id text not null,
  service_id text not null references api_services (service_id) on delete cascade,
  environment text not null,
  api_id text not null,
  bound_at bigint not null,
  primary key (kind, object_id, service_id, environment, api_id),
  foreign key (kind, object_id) references api_objects (kind, object_id) on delete cascade
);
create index bindings_of_service on api_bindings (service_id);

create table api_plan_keys (
  plan_id text not null,
  secret_id text not null,
  requests bigint not null default 0,
  bound_at bigint not null,
  primary key (plan_id, secret_id)
);

create table api_domains (
  domain text primary key,
  service_id text not null references api_services (service_id) on delete cascade,
  content json not null,
  add_time bigint not null,
  mod_time bigint not null
);
