// @ts-check
import { AsyncLocalStorage } from "node:async_hooks";

/** The call on whose behalf code runs, through every `await` and callback. @type {AsyncLocalStorage<import("../channel/call.js").Call>} */
export const currentCall = new AsyncLocalStorage();

/** The call under way here; null: none, or it is over. */
export function callHere() {
  const call = currentCall.getStore();
  return call === undefined || call.isOver ? null : call;
}
