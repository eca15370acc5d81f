import type { ActionContext } from "../../action.ts";

const patienceMs = 3_000;

/** Lets a caller read its own calls: what ended so far, and what it printed, is brought to the database first. */
export async function flushRecords(context: ActionContext): Promise<void> {
  const signal = AbortSignal.any([context.signal, AbortSignal.timeout(patienceMs)]);
  try {
    await Promise.all([context.store.records.flush({ signal }), context.logs?.flush({ signal })]);
  } catch (error) {
    // What is there already can still be told; the database says itself whether it is away.
    context.logger.warn({ err: error, requestId: context.requestId }, "The newest records are not in the database yet");
  }
}
