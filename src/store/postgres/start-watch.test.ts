import assert from "node:assert/strict";
import { it } from "node:test";
import { KeptLog, temporaryDirectory } from "../store-under-test.ts";
import { StartWatch } from "./start-watch.ts";

const patience = { silentMs: 100, askEveryMs: 10, sayEveryMs: 50 };

it("gives up a starting server that neither answers nor writes a line", async () => {
  await using empty = await temporaryDirectory();
  const watch = new StartWatch({ host: empty.path, user: "gust", database: "postgres" }, patience, new KeptLog());
  await assert.rejects(watch.untilSilent({ signal: new AbortController().signal }), /no sign of life for 0\.1 s/);
});

it("takes a line of its log for a sign of life, and says now and then that it waits", async () => {
  await using empty = await temporaryDirectory();
  const log = new KeptLog();
  const watch = new StartWatch({ host: empty.path, user: "gust", database: "postgres" }, patience, log);
  const stop = new AbortController();
  const waiting = assert.rejects(watch.untilSilent({ signal: stop.signal }), { name: "AbortError" });
  while (log.lines.length < 5) {
    watch.onLine("redo in progress");
    await new Promise(setImmediate);
  }
  stop.abort();
  await waiting;
  assert.match(log.lines[0]?.message ?? "", /PostgreSQL is still starting/);
});
