import assert from "node:assert/strict";
import { X509Certificate } from "node:crypto";
import { once } from "node:events";
import { test } from "node:test";
import tls from "node:tls";
import { MadeAuthority } from "../../../../tests/made-certificates.ts";
import type { KeyedCertificateRecord } from "../../../store/index.ts";
import type { CertificateSource } from "../../tls/given-certificates.ts";
import { askService as ask } from "../../testing/ask-service.ts";
import { fakeServices, publishedApi, publishedService } from "../../testing/published-service.ts";
import { startGateway } from "../../testing/started-gateway.ts";

const { certificate: chain, key } = new MadeAuthority().issue(["elsewhere.example.com"]);
const named: KeyedCertificateRecord = {
  certificateId: "given",
  alias: "",
  chain,
  key,
  names: ["elsewhere.example.com"],
  fingerprint: new X509Certificate(chain).fingerprint,
  validFrom: 0,
  validTo: 1,
  tags: [],
  order: null,
  addTime: 0,
  modTime: 0,
};

const certificateSource: CertificateSource = {
  certificates: { findKeyed: async () => named, page: async (after) => (after === "" ? [named] : []) },
  changes: { subscribe: () => ({ [Symbol.dispose]() {} }) },
};

const preset = { certificateId: null, paths: null, netType: "OUTER", isForcedHttps: false } as const;
const domains = [
  { ...preset, domain: "secure.example.com", protocol: "https", certificateId: "given" },
  { ...preset, domain: "open.example.com", protocol: "https" },
  { ...preset, domain: "plain.example.com", protocol: "http" },
  { ...preset, domain: "forced.example.com", protocol: "http&https", isForcedHttps: true },
  { ...preset, domain: "both.example.com", protocol: "http&https" },
] as const;

test("a domain of a service has the certificate that it names, and answers by its protocols alone", async () => {
  await using started = await startGateway({
    config: { tlsPort: 0 },
    apiGatewaySource: fakeServices(publishedService([publishedApi("a")], { domains })),
    certificateSource,
    acmeThumbprint: "thumb",
  });
  const { port, tlsPort } = started;
  const shown = async (servername: string): Promise<string> => {
    const socket = tls.connect({ port: tlsPort, host: "127.0.0.1", servername, rejectUnauthorized: false });
    await once(socket, "secureConnect");
    const { fingerprint } = socket.getPeerCertificate();
    socket.destroy();
    return fingerprint;
  };
  assert.equal(await shown("secure.example.com"), named.fingerprint);
  assert.notEqual(await shown("open.example.com"), named.fingerprint);
  await assert.rejects(shown("plain.example.com"));
  assert.equal((await ask(port, "/release/a", { host: "plain.example.com" })).status, 200);
  const moved = await ask(port, "/release/a", { host: "secure.example.com" });
  assert.equal(moved.headers.location, "https://secure.example.com/release/a");
  assert.equal((await ask(port, "/release/a", { host: "secure.example.com", method: "POST" })).status, 403);
  const forced = await ask(port, "/release/a?b", { host: "forced.example.com" });
  assert.deepEqual([forced.status, forced.headers.location], [moved.status, "https://forced.example.com/release/a?b"]);
  const posted = await ask(port, "/release/a", { host: "forced.example.com", method: "POST" });
  assert.match(posted.body, /forced\.example\.com takes HTTPS alone/);
  assert.equal((await ask(port, "/release/a", { host: "both.example.com" })).status, 200);
  const proof = "/.well-known/acme-challenge/token";
  assert.equal((await ask(port, proof, { host: "open.example.com" })).body, "token.thumb");
  assert.notEqual((await ask(port, proof, { host: "secure.example.com" })).body, "token.thumb");
});
