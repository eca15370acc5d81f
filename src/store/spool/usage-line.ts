import type { UsageRecord } from "../../core/index.ts";

/** Columns of `usage`, in the order of a line. New ones go to the end: lines of an earlier version are shorter. */
export const usageColumns = [
  "request_id",
  "function_id",
  "namespace",
  "name",
  "version",
  "qualifier",
  "form",
  "kind",
  "started_at",
  "duration_us",
  "queue_us",
  "claim_us",
  "init_us",
  "run_us",
  "memory_mb",
  "memory_bytes",
  "status",
  "http_status",
  "bytes_in",
  "bytes_out",
  "retry",
  "is_cold",
  "mount_us",
  "thaw_us",
  "network_bytes_out",
] as const;

/** How many the first version wrote. */
const oldestColumns = 22;

/** The columns of a segment's lines: all were written by one version, perhaps an earlier one. What they lack is 0 in the table. */
export function columnsOf(lines: Buffer): readonly string[] {
  const end = lines.indexOf("\n");
  let count = 1;
  for (let at = lines.indexOf("\t"); at >= 0 && at < end; at = lines.indexOf("\t", at + 1)) count++;
  return count < oldestColumns ? usageColumns : usageColumns.slice(0, count); // no line of ours: COPY will say so
}

/** Functions whose constant columns are kept. */
const maxKept = 4_096;

interface Identity {
  readonly record: UsageRecord;
  /** Its columns from `function_id` to `kind`, tabs between and around them. */
  readonly columns: string;
}

/** What does not change between the calls of a function, by its id: one entry each, of the version called last. */
const identities = new Map<string, Identity>();

/**
 * One record as a line in PostgreSQL's COPY text format. On the path of every call (0.1 µs, and 0.25 to encode it).
 * Whatever the record holds, the line is one that COPY takes: a single bad value would keep a
 * whole segment from being stored.
 */
export function usageLine(record: UsageRecord): string {
  return `${text(record.requestId)}${identityColumns(record)}${whole(record.startedAt)}\t${whole(
    record.durationUs,
  )}\t${whole(record.queueUs)}\t${whole(record.claimUs)}\t${whole(record.initUs)}\t${whole(record.runUs)}\t${small(
    record.memoryMb,
  )}\t${whole(record.memoryBytes)}\t${small(record.status)}\t${small(record.httpStatus)}\t${whole(
    record.bytesIn,
  )}\t${whole(record.bytesOut)}\t${small(record.retry)}\t${record.isCold ? "t" : "f"}\t${whole(record.mountUs)}\t${whole(record.thawUs)}\t${whole(record.networkBytesOut)}\n`;
}

function identityColumns(record: UsageRecord): string {
  const known = identities.get(record.functionId);
  if (known !== undefined && isSameIdentity(known.record, record)) return known.columns;
  const { functionId, namespace, name, version, qualifier, form, kind } = record;
  const columns = `\t${[functionId, namespace, name, version, qualifier, form, kind].map(text).join("\t")}\t`;
  if (identities.size >= maxKept) identities.clear();
  identities.set(functionId, { record, columns });
  return columns;
}

function isSameIdentity(one: UsageRecord, other: UsageRecord): boolean {
  return (
    one.version === other.version &&
    one.qualifier === other.qualifier &&
    one.kind === other.kind &&
    one.form === other.form &&
    one.name === other.name &&
    one.namespace === other.namespace
  );
}

// Control characters, the escape itself, and anything beyond ASCII (half surrogate pairs are among it).
// oxlint-disable-next-line no-control-regex -- control characters are what is looked for
const special = /[^\x20-\x5b\x5d-\x7e]/;

function text(value: string): string {
  return special.test(value) ? escape(value) : value;
}

const escapes: Readonly<Record<string, string>> = {
  "\\": "\\\\",
  "\b": "\\b",
  "\f": "\\f",
  "\n": "\\n",
  "\r": "\\r",
  "\t": "\\t",
  "\v": "\\v",
  "\0": "\uFFFD", // PostgreSQL's text cannot hold it
};

function escape(value: string): string {
  // oxlint-disable-next-line no-control-regex -- control characters are what is looked for
  return value.toWellFormed().replaceAll(/[\\\0\b\f\n\r\t\v]/g, (character) => escapes[character] ?? character);
}

/** A whole number for a bigint column. */
function whole(value: number): number {
  if (Number.isSafeInteger(value)) return value;
  return Number.isFinite(value)
    ? Math.max(Math.min(Math.round(value), Number.MAX_SAFE_INTEGER), Number.MIN_SAFE_INTEGER)
    : 0;
}

const largestInt = 2_147_483_647;

/** A whole number for an int column. */
function small(value: number): number {
  if ((value | 0) === value) return value;
  return Math.max(Math.min(whole(value), largestInt), -largestInt);
}
