import assert from "node:assert/strict";
import { test } from "node:test";
import type { CustomDomain } from "../../store/index.ts";
import { RawClient } from "../testing/raw-client.ts";
import { startGateway, type StartedGateway } from "../testing/started-gateway.ts";
import type { DomainSource } from "./custom-domains.ts";

const leadingToHello = (domain: string, protocol: CustomDomain["protocol"]): CustomDomain => ({
  domain,
  protocol,
  endpoints: [{ namespace: "default", functionName: "hello", qualifier: "$DEFAULT", pathMatch: "/*", rewrites: [] }],
  certificateId: "",
  waf: {},
  tags: [],
  addTime: 0,
  modTime: 0,
});

const rows = [
  leadingToHello("both.example.com", "HTTP&HTTPS"),
  leadingToHello("plain.example.com", "HTTP"),
  leadingToHello("secure.example.com", "HTTPS"),
];

const domainSource: DomainSource = {
  domains: {
    find: async (domain) => rows.find((row) => row.domain === domain) ?? null,
    page: async (after) => (after === "" ? rows : []),
  },
  changes: { subscribe: () => ({ [Symbol.dispose]() {} }) },
};

/** Status line, and Location or the address that a refusal names, of the answer to one request. */
async function ask(
  started: StartedGateway,
  {
    host,
    method = "GET",
    more = "",
    servername,
  }: { host: string; method?: string; more?: string; servername?: string },
): Promise<string> {
  const opening =
    servername === undefined
      ? RawClient.connect(started.port)
      : RawClient.connectWithTls(started.tlsPort, { servername });
  await using client = await opening;
  client.send(`${method} /a?b HTTP/1.1\r\nHost: ${host}\r\nConnection: close\r\n${more}\r\n`);
  const [head = "", body = ""] = (await client.closed()).split("\r\n\r\n");
  const location = /^location: (.*)$/im.exec(head)?.[1] ?? /send this request to (\S+)\./.exec(body)?.[1] ?? "";
  return `${head.slice("HTTP/1.1 ".length, 12)} ${location}`.trim();
}

test("a domain answers by its protocols alone", async () => {
  await using started = await startGateway({ config: { tlsPort: 0 }, domainSource });
  const { tlsPort } = started;
  const secure = "secure.example.com";
  const plain = "plain.example.com";
  assert.equal(await ask(started, { host: "both.example.com" }), "200");
  assert.equal(await ask(started, { host: "both.example.com", servername: "both.example.com" }), "200");
  assert.equal(await ask(started, { host: secure, servername: secure }), "200");
  assert.equal(await ask(started, { host: secure }), `308 https://${secure}/a?b`);
  assert.equal(await ask(started, { host: `${secure}:1` }), `308 https://${secure}:${tlsPort}/a?b`);
  assert.equal(await ask(started, { host: secure, method: "DELETE" }), `403 https://${secure}`);
  assert.equal(await ask(started, { host: `${secure}:1`, method: "DELETE" }), `403 https://${secure}:${tlsPort}`);
  const upgrade = "Connection: Upgrade\r\nUpgrade: websocket\r\n";
  assert.equal(await ask(started, { host: secure, more: upgrade }), `403 https://${secure}`);
  assert.equal(await ask(started, { host: secure, more: "X-Forwarded-Proto: https\r\n" }), "200");
  assert.equal(await ask(started, { host: plain }), "200");
  assert.equal(await ask(started, { host: plain, servername: "both.example.com" }), "421");
  await assert.rejects(ask(started, { host: plain, servername: plain }), "no handshake for a domain of HTTP alone");
});

test("where nothing listens with TLS, somebody in front of it ends TLS, and nothing is redirected", async () => {
  await using started = await startGateway({ domainSource });
  assert.equal(await ask(started, { host: "secure.example.com" }), "200");
});
