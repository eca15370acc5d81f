import assert from "node:assert/strict";
import { test } from "node:test";
import { systemClock } from "../../core/index.ts";
import { MadeAuthority } from "../../../tests/made-certificates.ts";
import { openControl } from "../opened-control.suite.ts";
import { CertificateOrders } from "./certificate-orders.ts";

const logger = { error() {}, warn() {}, info() {}, debug() {} };

test("a domain gets its certificate once, however many order, and a failure is kept with its reason", async () => {
  await using opened = await openControl();
  const { store } = opened;
  const authority = new MadeAuthority();
  const asked: string[] = [];
  const obtain = async (domain: string) => {
    asked.push(domain);
    if (domain.startsWith("nowhere")) throw new Error("nowhere has no address");
    const { certificate: chain, key } = authority.issue([domain]);
    return { chain, key };
  };
  const announced = Promise.withResolvers<string>();
  const changed = async (id: string): Promise<void> => announced.resolve(id);
  using _ = store.changes.subscribe("certificate", { changed, resync: async () => undefined });
  const domain = { endpoints: [], waf: {}, tags: [], certificateId: "", protocol: "HTTPS" } as const;
  {
    await using one = new CertificateOrders({ store, obtain, clock: systemClock, logger });
    await using other = new CertificateOrders({ store, obtain, clock: systemClock, logger });
    await store.domains.create({ ...domain, domain: "nowhere.example.com" }, 10);
    await store.domains.create({ ...domain, domain: "www.example.com" }, 10);
    await store.changes.announce("domain", "www.example.com");
    const found = await store.certificates.findKeyed(await announced.promise);
    assert.deepEqual(found?.names, ["www.example.com"]);
    const { dueAt = 0 } = found.order ?? {};
    assert.equal(dueAt, found.validFrom + Math.round(((found.validTo - found.validFrom) * 2) / 3));
    assert.notEqual(one, other);
  } // both have ended what they had begun
  const filter = { ids: null, source: "acme", orderBy: "addTime", order: "asc", offset: 0, limit: 9 } as const;
  const { certificates } = await store.certificates.list({ ...filter, search: "nowhere" });
  assert.deepEqual(asked.toSorted(), ["nowhere.example.com", "www.example.com"]);
  assert.equal(certificates[0]?.order?.message, "nowhere has no address");
  const waitMs = (certificates[0]?.order?.dueAt ?? 0) - systemClock.now();
  assert.ok(waitMs > 4 * 60_000 && waitMs <= 5 * 60_000, String(waitMs));
});
