import assert from "node:assert/strict";
import net from "node:net";
import { it } from "node:test";
import { loopbackPort } from "../../../tests/loopback-port.ts";
import { fleetOf, host, Turns } from "../testing/host-turns.ts";
import { startGateway } from "../testing/started-gateway.ts";

it("requests run again when their host dies over them only where HTTP lets them be repeated, and never with a body", async () => {
  const outcomes: unknown[] = [];
  for (const [method, body] of [["GET"], ["DELETE"], ["POST"], ["POST", "x"], ["PUT", "x"]] as const) {
    const begun: string[] = [];
    await using dying = net.createServer((socket) => {
      socket.on("error", () => undefined); // it is destroyed below
      socket.once("data", () => {
        socket.write("HTTP/1.1 200 OK\r\ncontent-length: 5\r\n\r\nfirst");
        socket.once("data", (request) => {
          begun.push(request.toString("latin1").split(" ")[0] ?? "");
          dying.close();
          socket.resetAndDestroy();
        });
      });
    });
    const places = new Turns();
    const dead = host("dying", `http://127.0.0.1:${await loopbackPort(dying)}`);
    places.turns = [dead, dead, host("self")];
    await using first = await startGateway({ fleet: fleetOf(places) });
    const url = `${first.url}/~default/hello/`;
    assert.equal(await (await fetch(url)).text(), "first", "the connection has served before");
    const answer = await fetch(url, { method, ...(body === undefined ? {} : { body }) });
    await answer.arrayBuffer();
    assert.deepEqual(begun, [method]);
    outcomes.push([method, body ?? "", answer.status, answer.headers.get("x-scf-status")]);
  }
  assert.deepEqual(outcomes, [
    ["GET", "", 200, null],
    ["DELETE", "", 200, null],
    ["POST", "", 502, "405"],
    ["POST", "x", 502, "405"],
    ["PUT", "x", 502, "405"],
  ]);
});
