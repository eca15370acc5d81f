import assert from "node:assert/strict";
import { once } from "node:events";
import { connect, createServer, type Socket } from "node:net";
import { test } from "node:test";
import { silentLogger } from "../../testing/started-gateway.ts";
import { Port } from "./port.ts";

const options = { host: "127.0.0.1", port: 0, logger: silentLogger };

test("a crowd is let in within a few turns of the loop", async () => {
  const accepted: Socket[] = [];
  const server = createServer((socket) => accepted.push(socket));
  const port = new Port(server, { ...options, expectsCrowds: true });
  const address = await port.open();
  const clients = Array.from({ length: 256 }, () => connect(address.port, address.address));
  let turns = 0;
  for (; accepted.length < clients.length; turns++) await new Promise((resolve) => setImmediate(resolve));
  assert.ok(turns < 64, `${turns} turns`);
  clients.forEach((client) => client.destroy());
  accepted.forEach((socket) => socket.destroy());
  await port.close();
  await assert.rejects(once(connect(address.port, address.address), "connect"), { code: "ECONNREFUSED" });
});

test("is no other program's, although many sockets listen on it", async () => {
  const server = createServer();
  const port = new Port(server, { ...options, expectsCrowds: true });
  const address = await port.open();
  const second = new Port(createServer(), { ...options, port: address.port, expectsCrowds: true });
  await assert.rejects(second.open(), /is taken by another program/);
  await port.close();
  await second.open();
  await second.close();
});
