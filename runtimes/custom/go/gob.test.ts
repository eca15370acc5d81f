import assert from "node:assert/strict";
import { once } from "node:events";
import { createServer, type AddressInfo, type Socket } from "node:net";
import { describe, it } from "node:test";
import * as fc from "fast-check";
import { GobError, GobReader, readUint } from "./gob-reader.js";
import { GobWriter, type GobStruct } from "./gob-writer.js";
import { RpcClient } from "./rpc-client.js";

const inner: GobStruct = { id: 66, name: "Inner", fields: [["Seconds", "int"]] };
const outer: GobStruct = {
  id: 65,
  name: "Outer",
  fields: [
    ["Text", "string"],
    ["Count", "uint"],
    ["Inner", inner],
    ["Bytes", "bytes"],
    ["Number", "int"],
  ],
};

/** Splits what was written into messages, and reads them. */
function read(reader: GobReader, bytes: Buffer): unknown[] {
  const values: unknown[] = [];
  for (let at = 0; at < bytes.length;) {
    const length = readUint(bytes, at);
    assert.ok(length);
    const end = length.end + length.value;
    const value = reader.message(bytes.subarray(length.end, end));
    if (value !== undefined) values.push(value);
    at = end;
  }
  return values;
}

describe("gob", () => {
  it("reads what it wrote, types described once", () => {
    const property = fc.property(
      fc.string({ unit: "grapheme" }),
      fc.nat({ max: 2 ** 48 }),
      fc.integer(),
      fc.uint8Array(),
      (text, count, number, raw) => {
        const [writer, reader, bytes] = [new GobWriter(), new GobReader(), Buffer.from(raw)];
        const value = { Text: text, Count: count, Inner: { Seconds: number }, Bytes: bytes, Number: -count };
        const first = writer.message(outer, value);
        const second = writer.message(outer, value);
        assert.ok(second.length < first.length);
        const present = Object.fromEntries(
          Object.entries({ ...value, Inner: number === 0 ? {} : value.Inner }).filter(
            ([, one]) => one !== "" && one !== 0 && !Object.is(one, -0) && !(Buffer.isBuffer(one) && one.length === 0),
          ),
        );
        assert.deepEqual([...read(reader, first), ...read(reader, second)], [present, present]);
      },
    );
    fc.assert(property);
  });

  it("is what encoding/gob of Go writes for the same value", () => {
    // Made with Go: gob.NewEncoder of struct { A int; B string }{-3, "go"} named T, in a fresh process.
    const made = Buffer.from("1a7f030101015401ff80000102010141010400010142010c00000009ff8001050102676f00", "hex");
    assert.deepEqual(read(new GobReader(), made), [{ A: -3, B: "go" }]);
  });

  it("refuses whatever does not fit, and never reads beyond the end", () => {
    const valid = new GobWriter().message(outer, {
      Text: "text",
      Count: 1,
      Inner: { Seconds: 1 },
      Bytes: Buffer.from("b"),
      Number: 1,
    });
    const property = fc.property(
      fc.nat({ max: valid.length - 1 }),
      fc.uint8Array({ minLength: 1, maxLength: 4 }),
      (at, noise) => {
        const bytes = Buffer.from(valid);
        bytes.set(noise.subarray(0, bytes.length - at), at);
        try {
          read(new GobReader(), bytes);
        } catch (error) {
          assert.ok(error instanceof GobError || error instanceof assert.AssertionError, String(error));
        }
      },
    );
    fc.assert(property, { numRuns: 2_000 });
  });
});

describe("a call of a Go program", () => {
  async function withServer(
    answer: (socket: Socket) => void,
    test: (client: RpcClient) => Promise<void>,
  ): Promise<void> {
    const server = createServer((socket) => {
      socket.on("error", () => undefined);
      socket.once("data", () => answer(socket));
    }).listen(0, "127.0.0.1");
    await once(server, "listening");
    const client = new RpcClient((server.address() as AddressInfo).port, "127.0.0.1", 1_000); // it listens on a port
    await test(client);
    client.close();
    server.close();
    await once(server, "close");
  }

  const response: GobStruct = {
    id: 65,
    name: "Response",
    fields: [
      ["ServiceMethod", "string"],
      ["Seq", "uint"],
      ["Error", "string"],
    ],
  };
  const reply: GobStruct = { id: 67, name: "Reply", fields: [["Payload", "bytes"]] };
  const ping: GobStruct = { id: 66, name: "Ping", fields: [] };

  for (const [name, answer, kind, message] of [
    [
      "that speaks HTTP",
      (socket: Socket) =>
        socket.write(
          "HTTP/1.1 400 Bad Request\r\nContent-Type: text/plain; charset=utf-8\r\nConnection: close\r\n\r\n",
        ),
      "broken",
      /not net\/rpc/,
    ],
    ["that hangs up", (socket: Socket) => socket.destroy(), "broken", /closed the connection|ECONNRESET/],
    [
      "that answers another call",
      (socket: Socket) => writeReply(socket, 7, 1),
      "broken",
      /a call that it was not given/,
    ],
    ["whose answer is too long", (socket: Socket) => writeReply(socket, 1, 2_000_000), "too-large", /^$/],
  ] as const) {
    it(`${name} ends as that`, () =>
      withServer(answer, async (client) => {
        const outcome = await client.call("Function.Ping", ping, {});
        assert.equal(outcome.kind, kind);
        assert.match("message" in outcome ? outcome.message : "", message);
      }));
  }

  it("whose answer comes byte by byte is put together", () =>
    withServer(
      (socket) => {
        const writer = new GobWriter();
        const bytes = [
          writer.message(response, { ServiceMethod: "", Seq: 1, Error: "" }),
          writer.message(reply, { Payload: Buffer.from("payload") }),
        ];
        for (const byte of Buffer.concat(bytes)) socket.write(Buffer.of(byte));
      },
      async (client) => {
        const outcome = await client.call("Function.Ping", ping, {});
        assert.deepEqual(outcome, { kind: "reply", value: { Payload: Buffer.from("payload") } });
      },
    ));

  function writeReply(socket: Socket, seq: number, bytes: number): void {
    const writer = new GobWriter();
    socket.write(writer.message(response, { ServiceMethod: "Function.Ping", Seq: seq, Error: "" }));
    socket.write(writer.message(reply, { Payload: Buffer.alloc(bytes, 1) }));
  }
});
