import type { GustClient } from "../../../sdk/src/index.ts";
import { pause } from "../../deployment/function-state.ts";

interface Call {
  readonly name: string;
  readonly namespace: string;
  readonly requestId: string;
}

const patienceMs = 5_000;
const pauseMs = 100;

/** Log of one call. Records are written shortly after a call ends, so a fresh one is waited for. */
export async function logOfCall(client: GustClient, call: Call, signal: AbortSignal): Promise<string> {
  const deadline = Date.now() + patienceMs;
  for (;;) {
    const fields = { FunctionName: call.name, Namespace: call.namespace, FunctionRequestId: call.requestId, Limit: 1 };
    const { Data: data } = await client.request("GetFunctionLogs", fields, { signal });
    const [found] = data;
    if (found !== undefined) return found.Log.trimEnd();
    if (Date.now() > deadline)
      return "(no log of this call: services print to the log of their instance, see gust logs)";
    await pause(pauseMs, signal);
  }
}
