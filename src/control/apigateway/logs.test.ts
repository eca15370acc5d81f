import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import type { ApiLog } from "../../core/index.ts";
import { openControl, type OpenedControl } from "../opened-control.suite.ts";

describe("logs of the API gateway", () => {
  let opened: OpenedControl;
  let ServiceId: string;
  const at = Date.parse("2026-11-24T00:00:00Z");
  before(async () => {
    opened = await openControl();
    ServiceId = String((await opened.gateway("CreateService", { ServiceName: "shop", Protocol: "http" }))["ServiceId"]);
    const logs = Array.from({ length: 7 }, (_, i) => logOf(`r${i}`, { serviceId: ServiceId, at: at + (i >> 1) }));
    const failed = { status: 504, durationUs: 2_500_000, backendUs: null, backendStatus: null };
    const failure = logOf("failed", { ...failed, at: at + 9, errorMessage: "Gateway [Time-out].", apiId: "api-b" });
    await opened.store.apiGateway.logs.insert([...logs, { ...failure, serviceId: ServiceId }]);
    await opened.store.apiGateway.logs.insert([logOf("other", { serviceId: "service-other", at })]);
  });
  after(() => opened[Symbol.asyncDispose]());

  function logOf(requestId: string, over: Partial<ApiLog>): ApiLog {
    return {
      requestId,
      at,
      serviceId: "",
      apiId: "api-a",
      environment: "release",
      host: "h:80",
      path: "/release/a]",
      method: "GET",
      scheme: "http",
      status: 200,
      backendStatus: 200,
      clientAddress: "192.0.2.7",
      backendAddress: "198.51.100.1",
      keyId: "AKID",
      bytesIn: 3,
      bytesOut: 5,
      durationUs: 12_345,
      backendUs: 10_000,
      errorMessage: "",
      ...over,
    };
  }

  const window = { StartTime: "2026-11-24 08:00:00", EndTime: "2026-11-24T00:00:01Z" };
  const search = (more: Record<string, unknown> = {}) =>
    opened.gateway("DescribeLogSearch", { ServiceId, ...window, ...more });
  const idsOf = (found: Readonly<Record<string, unknown>>) =>
    (found["LogSet"] as string[]).map((line) => /\[req_id:(.*?)\]/.exec(line)?.[1]); // as declared

  it("are told line by line as Tencent writes them, and a path cannot look like another field", async () => {
    const query = { LogQuerys: [{ Name: "req_id", Operator: "=", Value: "r0" }] };
    assert.deepEqual((await search(query))["LogSet"], [
      `[${opened.store.account.appId}][release][${ServiceId}][h:80][api-a][/release/a%5D][http][rsp_st:200][ups_st:200]` +
        "[cip:192.0.2.7][uip:198.51.100.1][vip:-][rsp_len:5][req_len:3][req_t:0.012][ups_rsp_t:0.010][ups_conn_t:-]" +
        "[ups_head_t:0.010][err_msg:-][tcp_rtt:-][-][24/Nov/2026:08:00:00 +0800][req_id:r0][method:GET][key_id:AKID]",
    ]);
  });

  it("have those that matched no API, with nothing in its place", async () => {
    const unmatched = { apiId: "", environment: "", status: 404, backendUs: null, backendStatus: null } as const;
    await opened.store.apiGateway.logs.insert([logOf("none", { ...unmatched, serviceId: ServiceId, at: at + 5_000 })]);
    const later = { StartTime: "2026-11-24T00:00:05Z", EndTime: "2026-11-24T00:00:06Z" };
    const { LogSet } = await search(later);
    assert.match(String(LogSet), /^\[\d+\]\[-\]\[service-[a-z0-9]+\]\[h:80\]\[-\]\[.*\[rsp_st:404\]\[ups_st:-\]/);
  });

  it("are searched by what the fields permit", async () => {
    for (const [name, operator, value, expected] of [
      ["api_id", "=", "api-b", ["failed"]],
      ["rsp_st", "!=", "200", ["failed"]],
      ["rsp_st", ">", "499", ["failed"]],
      ["rsp_st", ":", "50", ["failed"]],
      ["err_msg", ":", "[Time", ["failed"]],
      ["req_t", ">=", "2.5", ["failed"]],
      ["cip", "=", "192.0.2.8", []],
      ["uip", ":", "203.0", []],
    ] as const) {
      const query = { Name: name, Operator: operator, Value: value };
      assert.deepEqual(idsOf(await search({ LogQuerys: [query] })), expected, `${name} ${operator} ${value}`);
    }
    assert.deepEqual(idsOf(await search({ Filters: [{ Name: "api_id", Values: ["api-b", "x"] }] })), ["failed"]);
    for (const query of [
      { Name: "req_id", Operator: ":", Value: "r" },
      { Name: "x", Operator: "=", Value: "r" },
    ]) {
      const fields = { ServiceId, ...window, LogQuerys: [query] };
      assert.equal(await opened.gatewayCode("DescribeLogSearch", fields), "InvalidParameterValue.NotInOptions");
    }
    for (const wrong of [{ StartTime: "yesterday" }, { ConText: "x" }]) {
      assert.equal(
        await opened.gatewayCode("DescribeLogSearch", { ServiceId, ...window, ...wrong }),
        "InvalidParameterValue",
      );
    }
  });

  it("come page by page, the newest first, each once", async () => {
    const newest = ["failed", "r6", "r5", "r4", "r3", "r2", "r1", "r0"];
    for (const [Sort, expected] of [
      ["desc", newest],
      ["asc", newest.toReversed()],
    ] as const) {
      const seen: unknown[] = [];
      let ConText: unknown = "";
      do {
        const page = await search({ Limit: 3, ConText, Sort });
        seen.push(...idsOf(page));
        ConText = page["ConText"];
      } while (ConText !== "");
      assert.deepEqual(seen, expected);
    }
  });
});
