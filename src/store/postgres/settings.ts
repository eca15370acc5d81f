/**
 * Settings of the embedded server, given on its command line so that they follow the version of Gust
 * and not the age of the data directory. Small memory first: an idle platform has to fit in 250 MB.
 */
export const serverSettings: Readonly<Record<string, string>> = {
  listen_addresses: "",
  unix_socket_permissions: "0700",
  max_connections: "40",
  shared_buffers: "32MB",
  huge_pages: "off",
  work_mem: "8MB",
  maintenance_work_mem: "32MB",
  // The default `worker` keeps three processes for reads that our cache mostly answers.
  io_method: "sync",
  max_worker_processes: "1",
  max_parallel_workers: "0",
  max_parallel_workers_per_gather: "0",
  max_logical_replication_workers: "0",
  autovacuum_max_workers: "1",
  autovacuum_worker_slots: "1",
  // The events table turns over completely: clean it often, a little at a time.
  autovacuum_naptime: "15s",
  jit: "off",
  // Nobody replicates from an embedded server, so the log carries what recovery needs and no more.
  wal_level: "minimal",
  max_wal_senders: "0",
  min_wal_size: "32MB",
  max_wal_size: "512MB",
  checkpoint_timeout: "10min",
  synchronous_commit: "on",
  lc_messages: "C",
  timezone: "UTC",
  log_timezone: "UTC",
  log_line_prefix: "",
  // Failed statements are reported by whoever sent them.
  log_min_error_statement: "panic",
  log_checkpoints: "off",
  log_destination: "stderr",
  logging_collector: "off",
};

/** The settings as arguments of `postgres`. */
export function settingArguments(settings: Readonly<Record<string, string>>): string[] {
  return Object.entries(settings).flatMap(([name, value]) => ["-c", `${name}=${value}`]);
}

/** Nothing of ours: a `PGOPTIONS` or a locale of whoever starts Gust must not reach the server. */
export const serverEnvironment: Readonly<Record<string, string>> = { LC_ALL: "C", TZ: "UTC" };
