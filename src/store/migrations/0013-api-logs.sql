-- What the API gateway answered, request by request; partitions are made and dropped with those of logs.
create table api_logs (
  request_id text not null,
  at bigint not null,
  service_id text not null,
  api_id text not null,
  environment text not null,
  host text not null,
  path text not null,
  method text not null,
  scheme text not null,
  status integer not null,
  backend_status integer,
  client_address text not null,
  backend_address text not null,
  key_id text not null,
  bytes_in bigint not null,
  bytes_out bigint not null,
  duration_us bigint not null,
  backend_us bigint,
  error_message text not null
) partition by range (at);
create index api_logs_of_service on api_logs (service_id, at, request_id);
create table api_logs_other partition of api_logs default;
