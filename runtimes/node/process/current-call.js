// @ts-check
import { AsyncLocalStorage } from "node:async_hooks";

/** The call on whose behalf code runs, through every `await` and callback. @type {AsyncLocalStorage<import("../channel/call.js").Call>} */
export const currentCall = new AsyncLocalStorage();

const { nextTick } = process;

/**
 * Runs what may reach listeners of user code. What they throw is an uncaught exception of the call, not of who runs it.
 * @template {import("../channel/call.js").Call} C
 * @param {C} call @param {(call: C) => void} what
 */
export function runInCall(call, what) {
  currentCall.run(call, guarded, call, what);
}

/** @template C @param {C} call @param {(call: C) => void} what */
function guarded(call, what) {
  try {
    what(call);
  } catch (error) {
    nextTick(() => {
      throw error;
    });
  }
}

/**
 * The call that trouble here belongs to: the one it came from, over or not, or the only one there is when nobody knows where
 * it came from.
 * @param {ReadonlyMap<number, import("../channel/call.js").Call>} calls under way
 */
export function callToBlame(calls) {
  const call = currentCall.getStore();
  if (call !== undefined) return call;
  if (calls.size > 1) return null;
  for (const only of calls.values()) return only;
  return null;
}

/** The call under way here; null: none, or it is over. */
export function callHere() {
  const call = currentCall.getStore();
  return call === undefined || call.isOver ? null : call;
}
