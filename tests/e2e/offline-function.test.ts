import assert from "node:assert/strict";
import { it } from "node:test";
import { clientOf, deploy, waitUntilActive } from "../deployed-function.ts";
import { withoutContainers } from "../containers.ts";
import { startServer, type RunningServer } from "../running-server.ts";

/** Says how a connection to a documentation address (RFC 5737) ends, which nobody answers. */
const knocker = {
  "index.js": `
const net = require("node:net");
exports.main_handler = () => new Promise((resolve) => {
  const socket = net.connect(9, "198.51.100.7");
  socket.setTimeout(1000, () => resolve("on its way"));
  socket.on("error", (error) => resolve(error.code));
  socket.on("connect", () => resolve("connected"));
});`,
};
const offline = { PublicNetConfig: { PublicNetStatus: "DISABLE" } };

async function knock(server: RunningServer, name: string): Promise<unknown> {
  const { Result: result } = await clientOf(server).call("Invoke", { FunctionName: name });
  return JSON.parse(String(Object(result)["RetMsg"]));
}

it(
  "a function with PublicNetStatus DISABLE reaches nothing outside, until it is enabled again",
  { skip: withoutContainers, timeout: 60_000 },
  async () => {
    await using server = await startServer({ environment: { GUST_SANDBOX: "oci" } });
    await deploy(server, "online", knocker);
    await deploy(server, "offline", knocker, offline);
    assert.equal(await knock(server, "offline"), "ECONNREFUSED");
    assert.notEqual(await knock(server, "online"), "ECONNREFUSED");
    const client = clientOf(server);
    const told = await client.call("GetFunction", { FunctionName: "offline" });
    assert.equal(Object(told["PublicNetConfig"])["PublicNetStatus"], "DISABLE");
    await client.call("UpdateFunctionConfiguration", { FunctionName: "offline", MemorySize: 256 });
    await waitUntilActive(server, "offline");
    assert.equal(await knock(server, "offline"), "ECONNREFUSED", "a change of something else leaves it");
    await client.call("UpdateFunctionConfiguration", {
      FunctionName: "offline",
      PublicNetConfig: { PublicNetStatus: "ENABLE" },
    });
    await waitUntilActive(server, "offline");
    assert.notEqual(await knock(server, "offline"), "ECONNREFUSED");
  },
);

it("without containers such a function is not created, and says why", async () => {
  await using server = await startServer({ environment: { GUST_SANDBOX: "process" } });
  await assert.rejects(
    async () => deploy(server, "offline", knocker, offline),
    /PublicNetStatus DISABLE needs containers/,
  );
});
