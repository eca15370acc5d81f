import { sql } from "kysely";
import { limits, type Clock, type FunctionId, type RequestId } from "../../core/index.ts";
import type { Database } from "../database/connection.ts";
import { GroupCommit } from "./group-commit.ts";
import type { EventQueue, QueuedEvent } from "../store.ts";
import { readVariables, writeVariables } from "./kept-variables.ts";
import { QueueDepths } from "./queue-depths.ts";

type NewEvent = Omit<QueuedEvent, "retry">;

interface Ended {
  readonly requestId: RequestId;
  readonly kind: "done" | "dead";
  readonly status: number;
  readonly message: string;
  readonly at: number;
}

/**
 * The queue of asynchronous invocations: waiting → running (leased) → done | dead.
 * A row is due when `due_at` has come, whether it waits or its lease has run out.
 */
export function eventQueue(
  database: Database,
  clock: Clock,
  queuedPerFunction: number = limits.async.queuedPerFunction,
): EventQueue {
  const depths = new QueueDepths(database, clock, queuedPerFunction);
  const accepts = new GroupCommit<NewEvent, "accepted">((events) => insertEvents(database, events));
  const ends = new GroupCommit<Ended, true>((ended) => moveEnded(database, ended));
  const queue: EventQueue = {
    onAccepted: () => undefined,
    async accept(event) {
      if (!(await depths.take(event.functionId))) return "full";
      const outcome = await accepts.add(event);
      queue.onAccepted();
      return outcome;
    },
    claim: (count, leaseMs) => claim(database, count, leaseMs, clock.now()),
    async extend(requestIds, leaseMs) {
      await database
        .updateTable("events")
        .set({ due_at: clock.now() + leaseMs })
        .where("request_id", "in", [...requestIds, ""]) // never an empty list
        .where("is_running", "=", true)
        .execute();
    },
    async finish(requestId, outcome) {
      await ends.add({ requestId, ...outcome, at: clock.now() });
    },
    async retryAt(requestId, at, countsAsRetry, message) {
      await sql`
        update gust.events
        set due_at = ${at}, is_running = false, message = ${message}, retry = retry + ${countsAsRetry ? 1 : 0}
        where request_id = ${requestId}`.execute(database);
    },
    nextDueAt: () => nextDueAt(database),
    status: (requestId) => status(database, requestId),
  };
  return queue;
}

/** One array per column: one statement text whatever the number of events. */
async function insertEvents(database: Database, events: readonly NewEvent[]): Promise<readonly "accepted"[]> {
  const column = <Value>(value: (event: NewEvent) => Value): Value[] => events.map(value);
  await sql`
    insert into gust.events (request_id, function_id, namespace, name, qualifier, payload, source, routing_key,
      accepted_at, expires_at, max_retries, due_at)
    select *, accepted_at from unnest(
      ${column((event) => event.requestId)}::text[],
      ${column((event) => event.functionId)}::text[],
      ${column((event) => event.namespace)}::text[],
      ${column((event) => event.name)}::text[],
      ${column((event) => event.qualifier)}::text[],
      ${column((event) => event.payload)}::text[],
      ${column((event) => writeVariables(event.variables))}::text[],
      ${column((event) => (event.routingKey ? JSON.stringify(event.routingKey) : null))}::json[],
      ${column((event) => event.acceptedAt)}::bigint[],
      ${column((event) => event.expiresAt)}::bigint[],
      ${column((event) => event.maxRetries)}::int[]
    ) as accepted (request_id, function_id, namespace, name, qualifier, payload, source, routing_key,
      accepted_at, expires_at, max_retries)
    on conflict do nothing`.execute(database);
  return events.map(() => "accepted");
}

interface ClaimedRow {
  request_id: string;
  function_id: string;
  namespace: string;
  name: string;
  qualifier: string;
  payload: string;
  source: string;
  routing_key: Record<string, string> | null;
  accepted_at: number;
  expires_at: number;
  retry: number;
  max_retries: number;
}

async function claim(database: Database, count: number, leaseMs: number, now: number): Promise<readonly QueuedEvent[]> {
  const { rows } = await sql<ClaimedRow>`
    with due as materialized (
      select request_id from gust.events where due_at <= ${now}
      order by due_at limit ${count} for update skip locked
    )
    update gust.events as event set is_running = true, due_at = ${now + leaseMs}
    from due where event.request_id = due.request_id
    returning event.*`.execute(database);
  return rows.map(toEvent).toSorted((one, other) => one.acceptedAt - other.acceptedAt);
}

/** The row leaves the queue and its outcome appears in one statement. An event that was finished before keeps its first outcome. */
async function moveEnded(database: Database, ended: readonly Ended[]): Promise<readonly true[]> {
  await sql`
    with ended as (
      select distinct on (request_id) * from unnest(
        ${ended.map((event) => event.requestId)}::text[],
        ${ended.map((event) => event.kind)}::text[],
        ${ended.map((event) => event.status)}::int[],
        ${ended.map((event) => event.message)}::text[],
        ${ended.map((event) => event.at)}::bigint[]
      ) as ended (request_id, kind, status, message, ended_at)
    ), gone as (
      delete from gust.events using ended where events.request_id = ended.request_id
      returning events.request_id, events.function_id, events.retry, events.accepted_at
    )
    insert into gust.event_outcomes
      (request_id, function_id, kind, status, message, retry, accepted_at, ended_at)
    select request_id, function_id, kind, status, message, retry, accepted_at, ended_at from gone join ended using (request_id)
    on conflict do nothing`.execute(database);
  return ended.map(() => true);
}

/** What a process that is gone had claimed is due at once: only where no other process can have claimed anything. */
export async function endLeases(database: Database, clock: Clock): Promise<void> {
  await database
    .updateTable("events")
    .set({ due_at: clock.now(), is_running: false })
    .where("is_running", "=", true)
    .execute();
}

async function nextDueAt(database: Database): Promise<number | null> {
  const row = await database.selectFrom("events").select("due_at").orderBy("due_at").limit(1).executeTakeFirst();
  return row?.due_at ?? null;
}

async function status(database: Database, requestId: RequestId): ReturnType<EventQueue["status"]> {
  const { rows } = await sql<{
    state: "waiting" | "running" | "done" | "dead";
    function_id: FunctionId;
    retry: number;
    accepted_at: number;
  }>`
    select case when is_running then 'running' else 'waiting' end as state, function_id, retry, accepted_at
    from gust.events where request_id = ${requestId}
    union all
    select kind, function_id, retry, accepted_at from gust.event_outcomes where request_id = ${requestId}`.execute(
    database,
  );
  const row = rows[0];
  return row ? { state: row.state, functionId: row.function_id, retry: row.retry, acceptedAt: row.accepted_at } : null;
}

function toEvent(row: ClaimedRow): QueuedEvent {
  return {
    requestId: row.request_id as RequestId, // brand: written from one
    functionId: row.function_id as FunctionId, // brand: written from one
    namespace: row.namespace,
    name: row.name,
    qualifier: row.qualifier,
    payload: row.payload,
    variables: readVariables(row.source),
    routingKey: row.routing_key,
    acceptedAt: row.accepted_at,
    expiresAt: row.expires_at,
    retry: row.retry,
    maxRetries: row.max_retries,
  };
}
