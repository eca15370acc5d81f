import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { PublishedApi } from "../../../core/index.ts";
import { askService as ask, messageOf, running } from "../../testing/ask-service.ts";
import { fakeServices, publishedApi, publishedService } from "../../testing/published-service.ts";
import { path, plan, signed, startServed } from "../../testing/served-api.ts";
import { startGateway } from "../../testing/started-gateway.ts";
import { CompiledService } from "../services/compiled-service.ts";
import { Rates, RequestLimits } from "./request-limits.ts";
import { WindowCounts } from "./window-counts.ts";

describe("limits of an API", () => {
  it("hold for it and for its service, and answers say what is left", async () => {
    await using started = await startServed({ perSecond: 0.001 }, { perSecond: 100 });
    const first = await started.get();
    assert.deepEqual([first.status, first.headers["x-api-ratelimit"]], [200, "0/0.001"]);
    assert.match(String(first.headers["x-service-ratelimit"]), /^99\/100$/);
    const second = await started.get();
    assert.deepEqual([second.status, messageOf(second)], [429, "API rate limit exceeded."]);
    assert.ok(Number(second.headers["retry-after"]) > 100);
  });

  it("are spent by those alone who prove who they are, and not on what another limit refuses", async () => {
    const keyed = publishedApi("a", { authorization: { kind: "secret" } });
    const spent = plan({ planId: "p2", quota: 0, keys: [{ secretId: "spent", secretKey: "s" }] });
    const narrow = publishedApi("narrow", { perSecond: 0.001 });
    const service = publishedService([keyed, narrow], { perSecond: 2, plans: [plan(), spent] });
    const clock = { now: () => Date.now(), monotonic: () => 0 };
    await using started = await startGateway({ apiGatewaySource: fakeServices(service), clock });
    const statuses: number[] = [];
    const send = async (of: string, headers = {}) => statuses.push((await ask(started.port, of, { headers })).status);
    for (let i = 0; i < 3; i++) await send(path);
    for (let i = 0; i < 3; i++) await send("/release/narrow");
    for (let i = 0; i < 2; i++) await send(path, signed("spent", "s"));
    for (let i = 0; i < 2; i++) await send(path, signed("AKIDkey", "its-secret"));
    assert.deepEqual(statuses, [401, 401, 401, 200, 429, 429, 429, 429, 200, 429]);
  });

  it("hold by a plugin, too", async () => {
    const plugin = { pluginId: "p", type: "TrafficControl", data: { limit: 3, unit: "hour" } } as const;
    await using started = await startServed({ plugins: [plugin] });
    for (const status of [200, 200, 200, 429]) assert.equal((await started.get()).status, status);
    assert.ok(Number((await started.get()).headers["retry-after"]) > 0);
  });

  it("of an hour and a day are spent by those alone who are let in", async () => {
    const control = (limit: number, unit: string) =>
      ({ pluginId: unit, type: "TrafficControl", data: { limit, unit } }) as const;
    const plugins = [control(3, "hour"), control(1, "day")];
    const spent = plan({ planId: "p2", quota: 0, keys: [{ secretId: "spent", secretKey: "s" }] });
    const keyed = { authorization: { kind: "secret" }, plugins } as const;
    const custom = { pluginId: "p", type: "CustomAuth", data: { function_name: "auth", header: "x-token" } } as const;
    const service = publishedService([publishedApi("a", keyed), publishedApi("b", { plugins: [...plugins, custom] })], {
      plans: [plan(), spent],
    });
    const time = { now: Date.parse("2026-11-24T08:00:00Z") };
    const clock = { now: () => time.now, monotonic: () => 0 };
    const invoke = running((event) => ({ "api-auth": JSON.stringify(event).includes('"x-token":"good"') }));
    await using started = await startGateway({ apiGatewaySource: fakeServices(service), clock, invoke });
    const send = async (of: string, headers: Record<string, string>) =>
      (await ask(started.port, of, { headers })).status;
    const by = (id: string, secret: string) => send(path, signed(id, secret, new Date(time.now)));
    for (let i = 0; i < 3; i++) assert.equal(await by("spent", "s"), 429);
    assert.equal(await by("AKIDkey", "its-secret"), 200);
    for (let i = 0; i < 3; i++) assert.equal(await send("/release/b", { "x-token": "bad" }), 401);
    assert.equal(await send("/release/b", { "x-token": "good" }), 200);
    for (let i = 0; i < 5; i++) assert.equal(await by("AKIDkey", "its-secret"), 429, "the day is spent");
    time.now += 16 * 3_600_000; // the next day, and another hour
    assert.equal(await by("AKIDkey", "its-secret"), 200);
  });

  it("give back what was taken of a window, until that is over", () => {
    const counts = new WindowCounts();
    const once = { limit: 1, windowS: 60 };
    const at = 60_000 * 1_000;
    assert.deepEqual([counts.take("a", once, at), counts.take("a", once, at + 15_000)], [0, 45]);
    counts.giveBack("a", once, at);
    counts.giveBack("a", once, at); // never below none
    assert.deepEqual([counts.take("a", once, at + 1), counts.take("a", once, at + 15_000)], [0, 45]);
    assert.equal(counts.take("a", once, at + 60_000), 0);
    counts.giveBack("a", once, at);
    assert.equal(counts.take("a", once, at + 90_000), 30);
  });

  it("of two windows take nothing of one that the other refuses", () => {
    const limits = new RequestLimits({} as never, {} as never, { now: () => 0, monotonic: () => 0 }); // no key is looked at
    const service = new CompiledService(
      publishedService([
        publishedApi("a", {
          plugins: [
            { pluginId: "day", type: "TrafficControl", data: { limit: 2, unit: "day" } },
            { pluginId: "hour", type: "TrafficControl", data: { limit: 1, unit: "hour" } },
          ],
        }),
      ]),
    );
    const environment = service.environment("release");
    const api = environment?.api("api-a");
    assert.ok(environment && api);
    const hour = 3_600_000;
    const take = (now: number) => limits.take({ service, environment, api } as never, new Rates(), now)?.status ?? 200; // nothing else of it is looked at
    assert.deepEqual([0, 1, 2, hour, hour + 1, 2 * hour].map(take), [200, 429, 429, 200, 429, 429]);
  });

  it("of a minute begin anew with the next one, for each API by itself", () => {
    const counts = new WindowCounts();
    const twice = { limit: 2, windowS: 60 };
    const at = 60_000 * 1_000;
    assert.deepEqual(
      [at, at + 1, at + 15_000, at + 60_000].map((now) => counts.take("a", twice, now)),
      [0, 0, 45, 0],
    );
    assert.equal(counts.take("b", twice, at + 60_000), 0);
  });

  it("hold for addresses: those that are denied, and those that are not allowed", async () => {
    await using started = await startServed({ ipRules: [{ kind: "deny", ranges: ["127.0.0.0/8"] }] });
    const publish = (api: Partial<PublishedApi>) => started.source.publish(publishedService([publishedApi("a", api)]));
    const refused = await started.get();
    assert.deepEqual([refused.status, messageOf(refused)], [403, "Your IP address is not allowed."]);
    await publish({ ipRules: [{ kind: "allow", ranges: ["192.0.2.1", "2001:db8::/32"] }] });
    assert.equal((await started.get()).status, 403);
    const everybody = { kind: "allow", ranges: ["127.0.0.0/8"] } as const;
    await publish({ ipRules: [everybody, { kind: "deny", ranges: ["127.0.0.1"] }] });
    assert.equal((await started.get()).status, 403, "who is denied is so although another list allows it");
    await publish({
      plugins: [{ pluginId: "p", type: "IPControl", data: { type: "white_list", blocks: "192.0.2.1\n127.0.0.1" } }],
    });
    assert.equal((await started.get()).status, 200);
  });
});
