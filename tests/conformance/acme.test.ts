import assert from "node:assert/strict";
import { once } from "node:events";
import { test } from "node:test";
import tls from "node:tls";
import { setTimeout as delay } from "node:timers/promises";
import { freePort } from "../loopback-port.ts";
import { GustClient } from "../../sdk/src/index.ts";
import { deploy } from "../deployed-function.ts";
import { startServer, type RunningServer } from "../running-server.ts";
import { startPebble } from "./pebble.ts";

const product = { service: "ssl", version: "2019-12-05" };
type Certificate = Readonly<Record<string, unknown>>;

test("a custom domain of HTTPS gets its certificate by ACME, from Pebble", { timeout: 120_000 }, async (context) => {
  const port = await freePort();
  const prepared = await startPebble(port);
  if (prepared.kind === "absent") return context.skip(prepared.reason);
  await using pebble = prepared.value;
  pebble.unknownDomains.add("nowhere.example.com");
  await using server = await startServer({
    environment: {
      GUST_SANDBOX: "process",
      GUST_PORT: String(port),
      GUST_TLS_PORT: "0",
      GUST_ACME_DIRECTORY: pebble.directory,
      GUST_ACME_CA: pebble.caFile,
      GUST_ACME_EMAIL: "owner@example.com",
      NO_PROXY: "localhost",
      no_proxy: "localhost",
    },
  });
  const files = { "index.js": `exports.web = () => new Response("by ACME");` };
  await deploy(server, "site", files, { Type: "HTTP", Handler: "index.web" });
  const client = new GustClient(server.credentials);
  const create = (Domain: string) =>
    client.request("CreateCustomDomain", {
      Domain,
      Protocol: "HTTPS",
      EndpointsConfig: [{ Namespace: "default", FunctionName: "site", Qualifier: "$DEFAULT", PathMatch: "/*" }],
    });
  await create("shop.example.com");
  await create("nowhere.example.com");
  const settled = async (domain: string): Promise<Certificate> => {
    for (;;) {
      const reply = await client.call("DescribeCertificates", { SearchKey: domain }, { product });
      const found: Certificate = Object(reply["Certificates"])[0] ?? {};
      if (found["Status"] !== undefined && found["Status"] !== 0) return found;
      await delay(100, undefined, { signal: context.signal });
    }
  };
  const obtained = await settled("shop.example.com");
  assert.deepEqual([obtained["From"], obtained["Status"], obtained["StatusMsg"]], ["acme", 1, ""]);
  await assertServed(server, "shop.example.com", await pebble.root());
  const failed = await settled("nowhere.example.com");
  assert.equal(failed["Status"], 2);
  assert.match(String(failed["StatusMsg"]), /nowhere\.example\.com/, "what the authority said is kept");
  pebble.unknownDomains.delete("nowhere.example.com");
  await client.request("UpdateCustomDomain", { Domain: "nowhere.example.com" });
  assert.equal((await settled("nowhere.example.com"))["Status"], 1, "tried at once, not after minutes");
});

async function assertServed(server: RunningServer, servername: string, ca: string): Promise<void> {
  const client = tls.connect({ host: "127.0.0.1", port: Number(new URL(server.tlsUrl ?? "").port), servername, ca });
  await once(client, "secureConnect"); // rejects unless Pebble's root is above it
  client.write(`GET / HTTP/1.1\r\nHost: ${servername}\r\nConnection: close\r\n\r\n`);
  assert.match((await client.toArray()).join(""), /by ACME/);
}
