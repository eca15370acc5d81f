import assert from "node:assert/strict";
import { once } from "node:events";
import http2 from "node:http2";
import { text } from "node:stream/consumers";
import { describe, it } from "node:test";
import { systemClock, type FunctionId, type TriggerId } from "../../core/index.ts";
import { peerOf } from "../listener/client-line.ts";
import type { CustomDomain } from "../../store/index.ts";
import type { DomainSource } from "../routes/custom-domains.ts";
import type { FunctionUrl } from "../routes/function-urls.ts";
import { askService, messageOf, running } from "../testing/ask-service.ts";
import {
  eventBackend,
  fakeServices,
  httpFunction,
  publishedApi,
  publishedService,
  serviceHost,
} from "../testing/published-service.ts";
import { RawClient } from "../testing/raw-client.ts";
import { startGateway, type StartedGateway } from "../testing/started-gateway.ts";

const host = "hello-abcd1234.localhost";

describe("rates of requests", () => {
  for (const [name, setting] of [
    ["ratePerAddress", "GUST_RATE_PER_ADDRESS"],
    ["ratePerFunction", "GUST_RATE_PER_FUNCTION"],
  ] as const) {
    it(`refuse what is over ${setting} until its time has come, and nothing else`, async () => {
      let now = 0;
      const clock = { ...systemClock, monotonic: () => now };
      await using started = await startGateway({ config: { [name]: 2 }, clock });
      const ask = (path = "/~default/hello/"): Promise<Response> => fetch(`${started.url}${path}`);
      for (let n = 0; n < 2; n++) assert.equal((await ask()).status, 200);
      const refused = await ask();
      assert.equal(refused.status, 429);
      assert.equal(refused.headers.get("retry-after"), "1");
      const { code, value, setting: named } = Object(await refused.json()).error;
      assert.deepEqual([code, value, named], ["RequestRateExceeded", "2", setting]);
      assert.equal((await ask("/healthz")).status, 200);
      now += 500;
      assert.deepEqual([(await ask()).status, (await ask()).status], [200, 429]);
    });
  }

  /** Each is another way to the same function, and through the gateway. */
  const ways: Record<string, (started: StartedGateway) => Promise<string>> = {
    "read directly": ({ port }) => statusOf(port, `GET / HTTP/1.1\r\nHost: ${host}\r\n\r\n`),
    "read by Node": ({ port }) =>
      statusOf(port, `POST / HTTP/1.1\r\nHost: ${host}\r\nTransfer-Encoding: chunked\r\n\r\n1\r\na\r\n0\r\n\r\n`),
    "of a function URL": ({ port }) => statusOf(port, "GET / HTTP/1.1\r\nHost: open.localhost\r\n\r\n"),
    "of a custom domain": ({ port }) => statusOf(port, "GET / HTTP/1.1\r\nHost: www.example.com\r\n\r\n"),
    "by path": ({ port }) => statusOf(port, "GET /~default/hello/ HTTP/1.1\r\nHost: localhost\r\n\r\n"),
    "for a WebSocket": ({ port }) =>
      statusOf(
        port,
        `GET / HTTP/1.1\r\nHost: ${host}\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n` +
          "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n",
      ),
    "by an API": ({ port }) => statusOf(port, `GET /release/web HTTP/1.1\r\nHost: ${serviceHost}\r\n\r\n`),
    "of HTTP/2": ({ tlsPort }) => statusOfHttp2(tlsPort),
  };

  it("count every way to a function", async (context) => {
    const clock = { ...systemClock, monotonic: () => 0 };
    await using started = await startGateway({
      config: { ratePerFunction: 1, tlsPort: 0 },
      clock,
      webSocketIdleS: 5,
      urls: { open: urlOf("hello") },
      domainSource: domainLeadingTo("www.example.com", "hello"),
      apiGatewaySource: fakeServices(publishedService([publishedApi("web", { backend: httpFunction })])),
    });
    assert.equal((await fetch(`${started.url}/~default/hello/`)).status, 200);
    for (const [name, ask] of Object.entries(ways)) {
      await context.test(name, async () => assert.equal(await ask(started), "429"));
    }
  });

  it("hold for APIs in the words of those, and for what they let in alone", async () => {
    const clock = { now: () => Date.now(), monotonic: () => 0 };
    const closed = { kind: "deny", ranges: ["127.0.0.1"] } as const;
    const apis = [
      publishedApi("web", { backend: httpFunction, perSecond: 100 }),
      publishedApi("closed", { backend: httpFunction, ipRules: [closed] }),
      publishedApi("event", { backend: { ...eventBackend, isIntegratedResponse: false } }),
      publishedApi("mock"),
    ];
    const apiGatewaySource = fakeServices(publishedService(apis));
    const invoke = running((event) => event);
    await using started = await startGateway({ config: { ratePerFunction: 1 }, clock, apiGatewaySource, invoke });
    const statuses = [];
    for (const name of ["closed", "web", "closed", "event", "event", "mock", "mock"]) {
      statuses.push((await askService(started.port, `/release/${name}`)).status);
    }
    assert.deepEqual(statuses, [403, 200, 403, 200, 429, 200, 200]);
    const refused = await askService(started.port, "/release/web");
    assert.deepEqual([refused.status, refused.headers["retry-after"]], [429, "1"]);
    assert.match(String(messageOf(refused)), /^API rate limit exceeded: .*one function.*GUST_RATE_PER_FUNCTION/);
    assert.equal(refused.headers["x-api-ratelimit"], "98/100");
    const again = await askService(started.port, "/release/web");
    assert.equal(again.headers["x-api-ratelimit"], "98/100", "what the API had taken for the one before is given back");
  });

  it("are told to the pages that a function URL is for", async () => {
    const clock = { ...systemClock, monotonic: () => 0 };
    const urls = { open: urlOf("hello", "https://shop.example.com") };
    await using started = await startGateway({ config: { ratePerFunction: 1 }, clock, urls });
    const ask = async (origin: string): Promise<string> => {
      await using client = await RawClient.connect(started.port);
      client.send(`GET / HTTP/1.1\r\nHost: open.localhost\r\nOrigin: ${origin}\r\n\r\n`);
      return await client.until(/\r\n\r\n/);
    };
    assert.match(await ask("https://shop.example.com"), /^HTTP\/1\.1 200/);
    const told = await ask("https://shop.example.com");
    assert.match(told, /^HTTP\/1\.1 429[^]*\r\naccess-control-allow-origin: https:\/\/shop\.example\.com\r\n/);
    assert.doesNotMatch(await ask("https://other.example.com"), /access-control/);
  });

  it("count a service as they count a function, each for itself", async () => {
    const clock = { ...systemClock, monotonic: () => 0 };
    await using started = await startGateway({ config: { ratePerFunction: 1 }, clock });
    const ask = (name: string) => fetch(`${started.url}/~default/${name}/`).then(({ status }) => status);
    assert.equal(await ask("hello"), 200);
    assert.deepEqual([(await ask("site")) === 429, await ask("site")], [false, 429]); // nothing listens behind it
  });

  it("take the addresses that one client of IPv6 has as one", () => {
    const networkOf = (address: string): string => peerOf(address, false).network;
    assert.equal(networkOf("::ffff:192.0.2.1"), "192.0.2.1");
    assert.equal(networkOf("2001:db8:1:2:3:4:5:6"), "2001:db8:1:2");
    assert.equal(networkOf("2001:db8::6"), "2001:db8:0:0");
    assert.equal(networkOf("2001:db8:1:2::"), "2001:db8:1:2");
    assert.equal(networkOf("::1"), "0:0:0:0");
  });
});

async function statusOf(port: number, request: string): Promise<string> {
  await using client = await RawClient.connect(port);
  client.send(request);
  const answer = await client.until(/\r\n\r\n/);
  return answer.slice("HTTP/1.1 ".length, "HTTP/1.1 200".length);
}

async function statusOfHttp2(port: number): Promise<string> {
  const session = http2.connect(`https://127.0.0.1:${port}`, { rejectUnauthorized: false });
  const stream = session.request({ ":authority": host });
  const [headers] = await once(stream, "response");
  await text(stream);
  const closed = once(session, "close");
  session.close();
  await closed;
  return String(headers[":status"]);
}

function urlOf(functionName: string, page?: string): FunctionUrl {
  const rest = { methods: ["*"], headers: ["*"], exposeHeaders: [], maxAgeS: 0, allowsCredentials: false };
  const cors = page === undefined ? null : { ...rest, origins: [page] };
  return {
    triggerId: "trg-a" as TriggerId, // brand: a made-up one
    functionId: "lam-a" as FunctionId, // brand: a made-up one
    namespace: "default",
    functionName,
    name: "url",
    qualifier: "$DEFAULT",
    isEnabled: true,
    settings: { kind: "http", authType: "NONE", takesExtranet: true, takesIntranet: true, cors },
  };
}

function domainLeadingTo(domain: string, functionName: string): DomainSource {
  const row: CustomDomain = {
    domain,
    protocol: "HTTP",
    endpoints: [{ namespace: "default", functionName, qualifier: "$DEFAULT", pathMatch: "/*", rewrites: [] }],
    certificateId: "",
    waf: {},
    tags: [],
    addTime: 0,
    modTime: 0,
  };
  return {
    domains: { find: () => Promise.resolve(row), page: (after) => Promise.resolve(after === "" ? [row] : []) },
    changes: { subscribe: () => ({ [Symbol.dispose]() {} }) },
  };
}
