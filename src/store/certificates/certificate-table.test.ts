import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { Client } from "pg";
import { openFreshStore, type StoreUnderTest } from "../store-under-test.ts";
import type { CertificateFilter, NewCertificate } from "./certificates.ts";

const key = "-----BEGIN PRIVATE KEY-----\nsecret\n-----END PRIVATE KEY-----\n";

const certificate = (certificateId: string, more: Partial<NewCertificate> = {}): NewCertificate => ({
  certificateId,
  alias: `alias of ${certificateId}`,
  chain: "-----BEGIN CERTIFICATE-----",
  key,
  names: [`${certificateId}.example.com`],
  fingerprint: `print-${certificateId}`,
  validFrom: 1,
  validTo: 2,
  tags: [{ Key: "owner", Value: "函数" }],
  ...more,
});

const all: CertificateFilter = {
  search: "",
  ids: null,
  source: "all",
  orderBy: "addTime",
  order: "asc",
  offset: 0,
  limit: 10,
};

describe("certificates", () => {
  let tested: StoreUnderTest;
  before(async () => void (tested = await openFreshStore("embedded")));
  after(() => tested[Symbol.asyncDispose]());

  it("are given back with their keys, which nobody can read in the database", async () => {
    const { certificates } = tested.store;
    assert.equal(await certificates.create(certificate("one"), 10), "created");
    const { addTime, modTime, order, ...found } = (await certificates.findKeyed("one")) ?? {};
    assert.deepEqual(found, certificate("one"));
    assert.deepEqual([typeof addTime, modTime, order], ["number", addTime, null]);
    assert.equal(Object(await certificates.find("one")).key, undefined);
    const client = new Client({ connectionString: tested.url });
    await client.connect();
    const { rows } = await client.query("select c::text as row, sealed_key from gust.certificates c");
    assert.doesNotMatch(rows[0].row + rows[0].sealed_key.toString(), /secret/);
    const { rows: moved } = await client.query("update gust.certificates set certificate_id = 'moved' returning 1");
    assert.equal(moved.length, 1);
    await assert.rejects(certificates.findKeyed("moved"), /authenticate/, "a key opens in its own row alone");
    await client.query("update gust.certificates set certificate_id = 'one'");
    await client.end();
  });

  it("are found by parts of their names, in pages, and up to a limit", async () => {
    const { certificates } = tested.store;
    await certificates.create(certificate("two", { names: ["*.example.org", "example.org"], validTo: 9 }), 10);
    assert.equal(await certificates.create(certificate("three"), 2), "limit");
    const ids = async (filter: Partial<CertificateFilter>): Promise<string> => {
      const found = await certificates.list({ ...all, ...filter });
      return `${found.total}: ${found.certificates.map(({ certificateId }) => certificateId).join(" ")}`;
    };
    assert.equal(await ids({}), "2: one two");
    assert.equal(await ids({ search: "EXAMPLE.org" }), "1: two");
    assert.equal(await ids({ search: "alias of on" }), "1: one");
    assert.equal(await ids({ search: "%" }), "0: ");
    assert.equal(await ids({ ids: ["one", "none"] }), "1: one");
    assert.equal(await ids({ source: "acme" }), "0: ");
    assert.equal(await ids({ orderBy: "validTo", order: "desc", limit: 1 }), "2: two");
    assert.deepEqual(
      (await certificates.page("one", 5)).map((found) => found.certificateId),
      ["two"],
    );
    assert.equal((await certificates.findByFingerprint("print-two"))?.certificateId, "two");
    assert.equal(await certificates.setAlias("two", "another"), true);
    assert.equal(await certificates.setAlias("none", "another"), false);
    assert.equal(await ids({ search: "another" }), "1: two");
  });

  it("stay while a domain uses them", async () => {
    const { certificates, domains } = tested.store;
    const domain = { domain: "one.example.com", protocol: "HTTPS", endpoints: [], waf: {}, tags: [] } as const;
    await domains.create({ ...domain, certificateId: "one" }, 10);
    assert.deepEqual(await certificates.delete("one"), { kind: "used", domains: ["one.example.com"] });
    await domains.delete("one.example.com");
    const named = { name: "shop", hostLabel: "shop-1", description: "", tags: [] };
    const service = { ...named, protocol: "http&https", takesExtranet: true, takesIntranet: true } as const;
    const { services, domains: ofServices } = tested.store.apiGateway;
    await services.create("service-a", service, 10);
    const led = { protocol: "https", netType: "OUTER", isForcedHttps: false, paths: null } as const;
    await ofServices.create("api.example.com", "service-a", { ...led, certificateId: "one" }, 10);
    assert.deepEqual(await certificates.delete("one"), { kind: "used", domains: ["api.example.com"] });
    await ofServices.delete("api.example.com");
    assert.deepEqual(await certificates.delete("one"), { kind: "deleted" });
    assert.deepEqual(await certificates.delete("one"), { kind: "missing" });
  });
});
