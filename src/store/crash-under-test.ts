import { newFunctionId, systemClock } from "../core/index.ts";
import { openStore } from "./open-store.ts";
import { KeptLog, usageRecord } from "./store-under-test.ts";

// A process for tests to kill: opens the store of a directory and appends usage records without end,
// saying the id of each on stdout once it was called durable.

const [, , dataDirectory] = process.argv;
if (!dataDirectory) throw new Error("usage: crash-under-test.ts DATA_DIRECTORY");
const store = await openStore({ dataDirectory, logger: new KeptLog(), clock: systemClock });
const functionId = newFunctionId();

const appendSome = (): void => {
  for (let count = 0; count < 20; count++) {
    const record = usageRecord(functionId);
    store.records.append(record, () => process.stdout.write(`${record.requestId}\n`));
  }
  setImmediate(appendSome);
};
appendSome();
