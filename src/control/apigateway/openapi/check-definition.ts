import { once } from "node:events";
import { Worker } from "node:worker_threads";

/**
 * What is wrong with an OpenAPI definition by its schema; null: nothing. Compiling the schema takes 90 ms, the first time 240, in which the
 * event loop would answer nobody: a thread does it, which ends with it. One at a time.
 */
export function checkDefinition(definition: object): Promise<string | null> {
  const checked = last.then(() => checkInThread(definition));
  last = checked.catch(() => null);
  return checked;
}

let last: Promise<unknown> = Promise.resolve();

async function checkInThread(definition: object): Promise<string | null> {
  const worker = new Worker(new URL("./definition-worker.ts", import.meta.url), {
    name: "definition",
    workerData: definition,
    resourceLimits: { maxOldGenerationSizeMb: 256 },
  });
  try {
    const [problem] = await once(worker, "message"); // rejects with what the thread dies of
    return typeof problem === "string" ? problem : null;
  } finally {
    await worker.terminate();
  }
}
