import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { malformedRequests } from "../../src/gateway/listener/malformed-requests.suite.ts";
import { endStream, Http2Client, literal } from "../../src/gateway/testing/http2-client.ts";
import { RawClient } from "../../src/gateway/testing/raw-client.ts";
import { startGateway, takenIn, type StartedGateway } from "../../src/gateway/testing/started-gateway.ts";
import { startRecordingService, type RecordingService } from "./recording-service.ts";
import { refusedRequests, takenRequests } from "./smuggled-requests.ts";

const authority = "site-abcd1234.localhost";
const next = `GET /next HTTP/1.1\r\nHost: ${authority}\r\nConnection: close\r\n\r\n`;

/** What a service gets is one request for each that the gateway saw, or nothing and the connection closed: there is no second way to read it. */
describe("a request that two readers could read differently, in front of a service", () => {
  let service: RecordingService;
  let started: StartedGateway;
  before(async () => {
    service = await startRecordingService();
    started = await startGateway({ servicePort: service.port, config: { headerBytes: 8 * 1024, tlsPort: 0 } });
  });
  after(async () => {
    await started[Symbol.asyncDispose]();
    await service[Symbol.asyncDispose]();
  });

  /** Sends the request and another behind it; gives the statuses of the answers when the connection is closed. */
  async function exchange(client: RawClient, request: string): Promise<string[]> {
    service.clear();
    client.send(request.replaceAll("hello-abcd1234", "site-abcd1234") + next);
    const answers = await client.closed();
    await takenIn(started);
    assert.doesNotMatch(service.connections.join(""), /^expect:/im);
    return [...answers.matchAll(/HTTP\/1\.1 ([2-5]\d{2}) /g)].map((match) => match[1] ?? "");
  }

  for (const { name, request } of [...malformedRequests, ...refusedRequests]) {
    it(`is refused, and nothing behind it is heard: ${name}`, async () => {
      await using client = await RawClient.connect(started.port);
      const statuses = await exchange(client, request);
      assert.deepEqual(service.requests, []);
      assert.equal(statuses.length, 1);
      assert.match(statuses[0] ?? "", /^[45]/);
    });
  }

  for (const { name, request, heard } of takenRequests) {
    it(`is heard as it was seen, and the one behind it as another: ${name}`, async () => {
      await using client = await RawClient.connect(started.port);
      const statuses = await exchange(client, request);
      assert.deepEqual(service.requests, [...heard, `GET /next ""`]);
      assert.deepEqual(statuses, [...heard.map(() => "200"), "200"]);
    });
  }

  /** Beside the headers of a plain POST. */
  const http2Attacks: Readonly<Record<string, readonly string[]>> = {
    "Transfer-Encoding": ["transfer-encoding", "chunked"],
    "a line break in a value": ["x-a", "b\r\ntransfer-encoding: chunked"],
    "a line feed in a value": ["x-a", "b\ncontent-length: 0"],
    "a request in a value": ["x-a", "b\r\n\r\nGET /smuggled HTTP/1.1\r\nHost: x\r\n\r\n"],
    "a colon in a name": ["content-length: 0\r\nx-a", "b"],
    "a capital letter in a name": ["Transfer-Encoding", "chunked"],
    "a line break in the path": [":path", "/ HTTP/1.1\r\nHost: x\r\n\r\nGET /smuggled"],
    "a space in the path": [":path", "/ HTTP/1.1"],
    "a line break in the method": [":method", "GET / HTTP/1.1\r\nHost: x\r\n\r\nGET"],
    "a line break in the authority": [":authority", `${authority}\r\nx-a: b`],
    "a second Host": ["host", "other.localhost"],
    "a length that is too short": ["content-length", "1"],
    "a length that is too long": ["content-length", "400"],
    "two lengths": ["content-length", "3", "content-length", "4"],
    Connection: ["connection", "transfer-encoding"],
    "a length with a sign": ["content-length", "+3"],
  };

  for (const [name, added] of Object.entries(http2Attacks)) {
    it(`leaves no trace over HTTP/2: ${name}`, async () => {
      service.clear();
      await using client = await Http2Client.connect(started.tlsPort);
      client.send("headers", 4, 1, headersWith(added));
      client.send("data", endStream, 1, "abc");
      await client.until(
        ({ type, stream, flags }) =>
          type === "goaway" || (stream === 1 && (type === "reset" || (type !== "other" && (flags & endStream) !== 0))),
      );
      await takenIn(started);
      // the protocol's own checks refuse it, or leave the field out, as RFC 9113 had it before it forbade that
      if (service.requests.length > 0) assert.deepEqual(service.requests, [plainRequest]);
      const heads = service.connections.join("").replace("\r\ntransfer-encoding: chunked\r\n", "\r\n");
      assert.doesNotMatch(heads, /smuggled|x-a|transfer-encoding|content-length/i);
    });
  }
});

const plainRequest = `POST /first ${JSON.stringify("3\r\nabc\r\n0\r\n\r\n")}`;

/** Those of a plain POST with these beside them, pseudo-headers in place of its own. */
function headersWith(added: readonly string[]): Buffer {
  const names = added.filter((_, i) => i % 2 === 0);
  const plain = [":method", "POST", ":scheme", "https", ":path", "/first", ":authority", authority];
  const kept = plain.flatMap((name, i) => (i % 2 === 0 && !names.includes(name) ? plain.slice(i, i + 2) : []));
  const all = added[0]?.startsWith(":") === true ? [...added, ...kept] : [...kept, ...added];
  return Buffer.concat(all.flatMap((name, i) => (i % 2 === 0 ? [literal(name, all[i + 1] ?? "")] : [])));
}
