import assert from "node:assert/strict";
import { test } from "node:test";
import type { Clock } from "../../core/index.ts";
import { openFreshStore } from "../store-under-test.ts";

const content = { chain: "chain", key: "key", names: ["a.example.com"], fingerprint: "f", validFrom: 0, validTo: 100 };

test("domains of services of the API gateway are ordered for, too, and keep the certificate that they name", async () => {
  await using tested = await openFreshStore("embedded");
  const { certificateOrders: orders, certificates, apiGateway } = tested.store;
  const service = { name: "shop", description: "", hostLabel: "shop", tags: [], protocol: "http&https" } as const;
  await apiGateway.services.create("service-a", { ...service, takesExtranet: true, takesIntranet: true }, 10);
  const domain = { netType: "OUTER", isForcedHttps: false, paths: null } as const;
  const given = { certificateId: "given", alias: "", tags: [], ...content };
  await certificates.create(given, 10);
  const kinds = [
    ["a.example.com", "https", null],
    ["plain.example.com", "http", null],
    ["given.example.com", "https", "given"],
  ] as const;
  for (const [name, protocol, certificateId] of kinds) {
    await apiGateway.domains.create(name, "service-a", { ...domain, protocol, certificateId }, 10);
  }
  await orders.reconcile();
  const claims = [await orders.claim(500), await orders.claim(500)];
  assert.deepEqual(
    claims.map((claim) => claim?.domain),
    ["a.example.com", undefined],
  );
  assert.deepEqual(await certificates.delete("given"), { kind: "used", domains: ["given.example.com"] });
});

test("orders are taken by one at a time, come back when they are due, and go with their domains", async () => {
  let now = 1_000_000;
  const clock: Clock = { now: () => now, monotonic: () => now };
  await using tested = await openFreshStore("embedded", { clock });
  const { certificateOrders: orders, certificates, domains } = tested.store;
  const domain = { endpoints: [], waf: {}, tags: [], certificateId: "", protocol: "HTTPS" } as const;
  await domains.create({ ...domain, domain: "a.example.com" }, 10);
  await domains.create({ ...domain, domain: "plain.example.com", protocol: "HTTP" }, 10);
  await domains.create({ ...domain, domain: "given.example.com", certificateId: "given" }, 10);
  assert.equal(await orders.nextDueAt(), null);
  await Promise.all([orders.reconcile(), orders.reconcile()]);
  const claims = await Promise.all([orders.claim(500), orders.claim(500), orders.claim(500)]);
  const [order, ...others] = claims.filter((claim) => claim !== null);
  assert.ok(order !== undefined && others.length === 0, "one order, and one process that has it");
  assert.equal(order.domain, "a.example.com");
  assert.equal(await orders.nextDueAt(), now + 500, "when the lease is over");
  now += 500;
  assert.equal((await orders.claim(500))?.certificateId, order.certificateId, "whoever had it has died");

  await orders.failed(order.certificateId, "no address", now + 50);
  assert.equal(await orders.claim(500), null);
  const failed = await certificates.find(order.certificateId);
  assert.deepEqual([failed?.order?.attempts, failed?.order?.message], [1, "no address"]);
  assert.equal(await certificates.findKeyed(order.certificateId), null, "nothing to serve yet");
  await orders.retry("other.example.com");
  assert.equal(await orders.claim(500), null);
  await orders.retry("a.example.com");
  const retried = await certificates.find(order.certificateId);
  assert.deepEqual([retried?.order?.attempts, retried?.order?.message], [0, ""]);
  assert.equal((await orders.claim(500))?.certificateId, order.certificateId, "at once");
  await orders.failed(order.certificateId, "no address", now + 50);
  now += 50;
  assert.equal((await orders.claim(500))?.attempts, 1);
  await orders.obtained(order.certificateId, content, now + 70);
  assert.equal((await certificates.findKeyed(order.certificateId))?.key, "key");
  await orders.retry("a.example.com");
  assert.equal(await orders.nextDueAt(), now + 70, "what did not fail is not ordered anew");
  now += 70;
  assert.equal((await orders.claim(500))?.attempts, 0, "its renewal");
  await orders.failed(order.certificateId, "away", now + 50);
  assert.equal((await certificates.findKeyed(order.certificateId))?.chain, "chain", "the old one stays");
  await domains.delete("a.example.com");
  assert.deepEqual(await orders.reconcile(), [order.certificateId]);
  assert.equal(await orders.nextDueAt(), null);
  const account = await orders.account("https://example.com/dir");
  assert.deepEqual(await orders.account("https://example.com/dir"), account);
  assert.match(account.thumbprint, /^[\w-]{43}$/);
});
