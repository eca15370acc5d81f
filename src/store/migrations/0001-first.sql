-- Times are milliseconds since 1970 (bigint), durations microseconds, sizes bytes.
-- What callers wrote is kept as `json`: unlike `jsonb` it holds any text, U+0000 included.

create table account (
  is_single boolean primary key default true check (is_single),
  app_id text not null,
  uin text not null,
  secret_id text not null,
  secret_key text not null
);

create table namespaces (
  name text primary key,
  description text not null,
  add_time bigint not null,
  mod_time bigint not null
);

create table functions (
  function_id text primary key,
  namespace text not null references namespaces (name),
  name text not null,
  status text not null,
  status_reasons json not null,
  domain_label text not null,
  add_time bigint not null,
  mod_time bigint not null,
  revision text not null,
  spec json not null,
  -- Copies of what lists filter by.
  description text not null,
  runtime text not null,
  type text not null,
  tags jsonb not null,
  code_sha256 text not null,
  code_size bigint not null,
  -- Numbers of versions are never used twice, not even after a deletion.
  last_version int not null default 0,
  unique (namespace, name)
);
create unique index functions_domain_label on functions (domain_label) where domain_label <> '';

create table versions (
  function_id text not null references functions (function_id) on delete cascade,
  number int not null,
  description text not null,
  add_time bigint not null,
  mod_time bigint not null,
  status text not null,
  revision text not null,
  spec json not null,
  code_sha256 text not null,
  code_size bigint not null,
  primary key (function_id, number)
);

create table aliases (
  function_id text not null references functions (function_id) on delete cascade,
  name text not null,
  description text not null,
  version text not null,
  weighted json not null,
  matched json not null,
  add_time bigint not null,
  mod_time bigint not null,
  primary key (function_id, name)
);

-- Waiting and running events only; what ended moves to event_outcomes, so that this table stays small.
create table events (
  request_id text primary key,
  function_id text not null,
  namespace text not null,
  name text not null,
  qualifier text not null,
  payload text not null,
  source text not null,
  routing_key json,
  accepted_at bigint not null,
  expires_at bigint not null,
  retry int not null default 0,
  max_retries int not null,
  -- When it may be taken: now, at a retry, or when the lease of whoever runs it ends.
  due_at bigint not null,
  is_running boolean not null default false,
  message text not null default ''
) with (autovacuum_vacuum_scale_factor = 0.05, autovacuum_vacuum_threshold = 1000, fillfactor = 70);
create index events_due on events (due_at);
create index events_of_function on events (function_id);

create table event_outcomes (
  request_id text primary key,
  function_id text not null,
  kind text not null check (kind in ('done', 'dead')),
  status int not null,
  message text not null,
  retry int not null,
  accepted_at bigint not null,
  ended_at bigint not null
);
create index event_outcomes_ended on event_outcomes (ended_at);

-- One row per ended invocation, a partition per day (UTC). Rows arrive by COPY from the usage spool only.
create table usage (
  request_id text not null,
  function_id text not null,
  namespace text not null,
  name text not null,
  version text not null,
  qualifier text not null,
  form text not null,
  kind text not null,
  started_at bigint not null,
  duration_us bigint not null,
  queue_us bigint not null,
  claim_us bigint not null,
  init_us bigint not null,
  run_us bigint not null,
  memory_mb int not null,
  memory_bytes bigint not null,
  status int not null,
  http_status int not null,
  bytes_in bigint not null,
  bytes_out bigint not null,
  retry int not null,
  is_cold boolean not null
) partition by range (started_at);
create index usage_of_function on usage (function_id, started_at);
create index usage_of_request on usage (request_id);
-- Takes what no day's partition does: clocks that were wrong, spools that waited for months.
create table usage_other partition of usage default;

-- Segments of the usage spool that are in `usage`: a row is written in the transaction that copies them.
create table spool_segments (
  segment_id text primary key,
  rows bigint not null,
  shipped_at bigint not null
);

create table logs (
  function_id text not null,
  request_id text,
  instance_id text,
  version text not null,
  at bigint not null,
  lines json not null,
  dropped_lines int not null,
  return_message text not null
) partition by range (at);
create index logs_of_request on logs (request_id);
create index logs_of_instance on logs (function_id, at) where instance_id is not null;
create table logs_other partition of logs default;
