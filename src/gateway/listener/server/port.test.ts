import assert from "node:assert/strict";
import { once } from "node:events";
import { connect, createServer, type Socket } from "node:net";
import { test } from "node:test";
import { silentLogger } from "../../testing/started-gateway.ts";
import { Port } from "./port.ts";

const options = { host: "127.0.0.1", port: 0, expectsCrowds: true, logger: silentLogger };

test("a crowd is let in within a few turns of the loop, and nobody once it is closed", async () => {
  await using parts = new AsyncDisposableStack();
  const sockets: Socket[] = [];
  const port = new Port(
    createServer((socket) => sockets.push(socket)),
    options,
  );
  const address = await port.open();
  const clients = Array.from({ length: 256 }, () => connect(address.port, address.address));
  parts.defer(async () => {
    for (const socket of [...clients, ...sockets]) socket.destroy();
    await port.close();
    await assert.rejects(once(connect(address.port, address.address), "connect"), { code: "ECONNREFUSED" });
  });
  let turns = 0;
  for (; sockets.length < clients.length; turns++) await new Promise((resolve) => setImmediate(resolve));
  assert.ok(turns < 64, `${turns} turns`);
});

test("is no other program's, although many sockets listen on it", async () => {
  await using parts = new AsyncDisposableStack();
  const first = new Port(createServer(), options);
  const address = await first.open();
  const second = new Port(createServer(), { ...options, port: address.port });
  parts.defer(() => second.close());
  parts.defer(() => first.close());
  await assert.rejects(second.open(), /is taken by another program/);
  await first.close();
  await second.open();
});
