import assert from "node:assert/strict";
import fs from "node:fs/promises";
import { after, before, describe, it } from "node:test";
import { clientOf, deploy, type DeployedFunction } from "../deployed-function.ts";
import { makeDataDirectory, startServer, type RunningServer } from "../running-server.ts";
import { assertNothingLeft, assertRecorded, untilAllRan } from "./aftermath.ts";
import { eventFiles, httpFiles, httpType, serviceFiles, slowEventFiles } from "./programs.ts";
import { asynchronousTraffic, eventTraffic, httpTraffic, type Traffic } from "./traffic.ts";

describe("kill -9 of the platform during calls of every form", () => {
  let dataDirectory: string;
  let server: RunningServer;
  let web: DeployedFunction;
  let resident: DeployedFunction;
  let traffic: Readonly<Record<"steady" | "web" | "resident" | "later", Traffic>>;

  before(async () => {
    dataDirectory = await makeDataDirectory();
    const first = await startServer({ dataDirectory });
    await Promise.all([deploy(first, "steady", eventFiles), deploy(first, "later", slowEventFiles)]);
    web = await deploy(first, "web", httpFiles, httpType);
    resident = await deploy(first, "resident", serviceFiles, { Type: "HTTP" });
    await clientOf(first).call("PublishVersion", { FunctionName: "steady" });
    traffic = {
      steady: eventTraffic(first, "steady"),
      web: httpTraffic(web),
      resident: httpTraffic(resident),
      later: asynchronousTraffic(first, "later"),
    };
    await Promise.all(Object.values(traffic).map((calls) => calls.more(100)));
    await traffic.later.more(1);
    await first.crash();
    await Promise.all(Object.values(traffic).map((calls) => calls.stop()));
    server = await startServer({ dataDirectory });
  });

  after(async () => {
    await server[Symbol.asyncDispose]();
    await fs.rm(dataDirectory, { recursive: true, force: true });
  });

  it("functions and versions are there and answer", async () => {
    const { Versions: versions } = await clientOf(server).call("ListVersionByFunction", { FunctionName: "steady" });
    const names = (versions as { Version: string }[]).map(({ Version: version }) => version); // wire type
    assert.deepEqual(names.toSorted(), ["$LATEST", "1"]);
    const calls = eventTraffic(server, "steady");
    await calls.more(1);
    await calls.stop();
    for (const { url } of [web, resident]) {
      const answer = await fetch(url.replace(/:\d+/, `:${server.port}`));
      assert.equal(answer.status, 200, await answer.text());
    }
  });

  for (const name of ["steady", "web", "resident"] as const) {
    it(`every answered call of ${name} has its record`, () => assertRecorded(server, name, traffic[name].acknowledged));
  }

  it("every accepted event is run without a person", () => untilAllRan(server, "later", traffic.later.acknowledged));

  it("nothing is left over from before, and nothing at all after a stop", () => assertNothingLeft(server));
});
