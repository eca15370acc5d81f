-- When an environment was made to serve a release again, and why. The release has its own time and description.
create table api_switches (
  service_id text not null,
  environment text not null,
  version_name text not null,
  description text not null,
  switched_at bigint not null,
  foreign key (service_id, version_name) references api_releases (service_id, version_name) on delete cascade
);
create index switches_of_service on api_switches (service_id, environment, switched_at);
