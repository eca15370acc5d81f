import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { Client } from "pg";
import type { ApiDefinition } from "../../core/index.ts";
import { databaseKinds, openFreshStore, type StoreUnderTest } from "../store-under-test.ts";
import type { ApiGatewayTables, ServiceContent } from "./api-records.ts";

const service: ServiceContent = {
  name: "shop",
  hostLabel: "service-a-1250000000",
  protocol: "http&https",
  takesExtranet: true,
  takesIntranet: false,
  description: "",
  tags: [],
};

const definition = (apiId: string, change: Partial<ApiDefinition> = {}): ApiDefinition => ({
  apiId,
  name: "hello",
  protocol: "HTTP",
  method: "GET",
  path: "/hello",
  isExactPath: true,
  authorization: { kind: "none" },
  allowsCors: false,
  parameters: [],
  constants: [],
  backend: { kind: "mock", body: "hi" },
  timeoutS: 15,
  convertedCodes: [],
  ...change,
});

const content = (made: ApiDefinition) => ({ definition: made, given: {}, authorizedBy: null, oauth: null });

for (const kind of databaseKinds) {
  describe(`the API gateway on ${kind}`, () => {
    let tested: StoreUnderTest;
    let tables: ApiGatewayTables;
    before(async () => {
      tested = await openFreshStore(kind);
      tables = tested.store.apiGateway;
    });
    after(() => tested[Symbol.asyncDispose]());

    const release = (serviceId: string, versionName: string, apis: readonly ApiDefinition[]) =>
      tables.releases.release(
        serviceId,
        { versionName, environment: "release", description: "", releasedAt: Date.now() },
        () => apis,
      );

    it("gives the listeners what was released, with what is bound to it now", async () => {
      assert.equal(await tables.services.create("service-a", service, 10), "created");
      const api = definition("api-a", { authorization: { kind: "app", apps: [] } });
      const created = { apiId: "api-a", serviceId: "service-a", route: "GET /hello", content: content(api) };
      assert.equal(await tables.apis.create(created, 10), "created");
      assert.equal(await release("service-a", "1", [api]), "released");
      const at = { serviceId: "service-a", environment: "release", apiId: null } as const;
      await tables.plans.create("plan", { name: "p", description: "", perSecond: 5, quota: 9, tags: [] }, 10);
      const key = { name: "k", type: "auto", secretKey: "s", isEnabled: true, tags: [] } as const;
      await tables.keys.create("one", key, 10);
      await tables.keys.create("off", { ...key, isEnabled: false }, 10);
      await tables.planKeys.bind("plan", ["one", "off"]);
      await tables.apps.create("app", { name: "a", description: "", key: "ak", secret: "as" }, 10);
      const addresses = { serviceId: "service-a", name: "n", kind: "deny", ranges: ["10.0.0.0/8"] } as const;
      await tables.ipStrategies.create("ip", addresses, 10);
      assert.equal(await tables.bindings.bind("plan", [{ ...at, objectId: "plan" }]), true);
      assert.equal(await tables.bindings.bind("app", [{ ...at, objectId: "app", apiId: "api-a" }]), true);
      assert.equal(await tables.bindings.bind("ip-strategy", [{ ...at, objectId: "ip", apiId: "api-a" }]), true);
      assert.equal(await tables.bindings.bind("plan", [{ ...at, objectId: "nobody" }]), false);
      await tables.limits.set("service-a", "release", [null], 100);
      await tables.limits.set("service-a", "release", ["api-a"], 10);
      const paths = [{ path: "/", environment: "release" }] as const;
      const net = { netType: "OUTER", isForcedHttps: false } as const;
      const domain = { protocol: "http", certificateId: null, paths, ...net } as const;
      await tables.domains.create("a.example.com", "service-a", domain, 9);
      const published = await tables.published.load("service-a");
      assert.deepEqual(published, {
        serviceId: "service-a",
        name: "shop",
        hostLabel: "service-a-1250000000",
        protocol: "http&https",
        takesExtranet: true,
        takesIntranet: false,
        domains: [{ domain: "a.example.com", ...domain }],
        environments: {
          release: {
            versionName: "1",
            perSecond: 100,
            apis: [
              {
                ...api,
                authorization: { kind: "app", apps: [{ key: "ak", secret: "as" }] },
                perSecond: 10,
                ipRules: [{ kind: "deny", ranges: ["10.0.0.0/8"] }],
                plugins: [],
              },
            ],
            plans: [
              { planId: "plan", perSecond: 5, quota: 9, apiIds: null, keys: [{ secretId: "one", secretKey: "s" }] },
            ],
          },
        },
      });
      assert.deepEqual(await tables.published.loadAll(), [published]);
    });

    it("keeps no secret key readable", async () => {
      const client = new Client({ connectionString: tested.url });
      await client.connect();
      const { rows } = await client.query(
        "select object_id, content from gust.api_objects where kind in ('key', 'app')",
      );
      await client.end();
      const kept = rows.map(({ content: { secretKey, secret } }) => secretKey ?? secret);
      assert.equal(kept.length, 3);
      assert.ok(
        kept.every((text) => text.length > 30),
        "sealed, not as they were given",
      );
      assert.equal((await tables.keys.find("one"))?.content.secretKey, "s");
      await tables.keys.update("off", { secretKey: "later" });
      assert.equal((await tables.keys.find("off"))?.content.secretKey, "later");
    });

    it("serves an earlier release again, and does not delete what is served", async () => {
      const later = definition("api-a", { path: "/later" });
      await release("service-a", "2", [later]);
      const paths = async () => {
        const found = await tables.published.load("service-a");
        return found?.environments.release?.apis.map(({ path }) => path);
      };
      assert.deepEqual(await paths(), ["/later"]);
      const again = { environment: "release", description: "" } as const;
      assert.equal(await tables.releases.switchTo("service-a", { ...again, versionName: "1" }), "switched");
      assert.deepEqual(await paths(), ["/hello"]);
      assert.equal(await tables.releases.switchTo("service-a", { ...again, versionName: "7" }), "missing");
      await tables.apis.delete("api-a");
      assert.deepEqual(await paths(), [], "a deleted API has lost its limits, too");
      assert.equal(await tables.services.delete("service-a"), "released");
      assert.equal(await tables.releases.unrelease("service-a", "release"), true);
      assert.equal(await tables.services.delete("service-a"), "deleted");
      assert.equal(await tables.published.load("service-a"), null);
      assert.equal(await tables.domains.find("a.example.com"), null);
      assert.deepEqual(await tables.bindings.ofObject("plan", "plan"), []);
    });

    it("counts what keys use, and nothing for those that are not bound", async () => {
      await tables.published.addUse([
        { planId: "plan", secretId: "one", requests: 3 },
        { planId: "plan", secretId: "one", requests: 4 },
        { planId: "plan", secretId: "nobody", requests: 1 },
      ]);
      assert.deepEqual(await tables.published.loadUse(), [{ planId: "plan", secretId: "one", requests: 7 }]);
      await tables.plans.delete("plan");
      assert.deepEqual(await tables.published.loadUse(), []);
    });

    it("has a route once, also when it is made twice at once", async () => {
      await tables.services.create("service-b", { ...service, hostLabel: "b" }, 10);
      const created = ["1", "2", "3"].map((apiId) =>
        tables.apis.create(
          { apiId, serviceId: "service-b", route: "GET /{}", content: content(definition(apiId)) },
          10,
        ),
      );
      assert.deepEqual((await Promise.all(created)).toSorted(), ["conflict", "conflict", "created"]);
    });

    it("has a domain that leads to functions or to a service, also when both are asked for at once", async () => {
      const custom = { protocol: "HTTP", endpoints: [], certificateId: "", waf: {}, tags: [] } as const;
      const led = {
        protocol: "http",
        netType: "OUTER",
        isForcedHttps: false,
        paths: null,
        certificateId: null,
      } as const;
      for (let round = 0; round < 8; round++) {
        const domain = `${round}.example.com`;
        const outcomes = await Promise.all([
          tables.domains.create(domain, "service-b", led, 100),
          tested.store.domains.create({ ...custom, domain }, 100),
        ]);
        const isOne = outcomes.filter((outcome) => outcome === "created").length === 1;
        assert.ok(isOne && outcomes.some((outcome) => outcome.startsWith("leads-to-")), outcomes.join(" "));
      }
    });
  });
}
