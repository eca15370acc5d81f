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

/** Sends as many bytes as the event says to a private network, where the host's fence ends them: they have left the box. */
const sender = {
  "index.js": `
const dgram = require("node:dgram");
exports.main_handler = async ({ bytes }) => {
  const socket = dgram.createSocket("udp4");
  const send = (piece) => new Promise((resolve) => socket.send(piece, 9, "10.255.255.1", resolve));
  for (let left = bytes; left > 0; left -= 1000) await send(Buffer.alloc(1000));
  socket.close();
};`,
};

async function networkBytes(server: RunningServer, bytes: number): Promise<number> {
  const client = clientOf(server);
  const event = { FunctionName: "sender", ClientContext: JSON.stringify({ bytes }) };
  const { Result: result } = await client.call("Invoke", event);
  assert.equal(Object(result)["InvokeResult"], 0, JSON.stringify(result));
  const call = { FunctionName: "sender", FunctionRequestId: Object(result)["FunctionRequestId"] };
  const { Data: data } = await client.call("GetFunctionLogs", call);
  return Number(Object(data)[0].NetworkBytesOut);
}

async function knock(server: RunningServer, name: string): Promise<unknown> {
  const { Result: result } = await clientOf(server).call("Invoke", { FunctionName: name });
  return JSON.parse(String(Object(result)["RetMsg"]));
}

it(
  "a function with PublicNetStatus DISABLE reaches nothing outside, until it is enabled again; what functions send is on record",
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

    await deploy(server, "sender", sender);
    const few = await networkBytes(server, 0);
    const many = await networkBytes(server, 100_000);
    const fewAgain = await networkBytes(server, 0);
    assert.ok(many >= 100_000 && many < 150_000, `${many} bytes on the record of the call that sent them`);
    assert.ok(few < 10_000 && fewAgain < 10_000, `${few} and ${fewAgain} bytes on the others`);
  },
);

it("without containers such a function is not created, and says why", async () => {
  await using server = await startServer({ environment: { GUST_SANDBOX: "process" } });
  await assert.rejects(
    async () => deploy(server, "offline", knocker, offline),
    /PublicNetStatus DISABLE needs containers/,
  );
});
