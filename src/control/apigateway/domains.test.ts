import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { MadeAuthority } from "../../../tests/made-certificates.ts";
import { systemClock } from "../../core/index.ts";
import { openControl, type OpenedControl } from "../opened-control.suite.ts";
import { readChain } from "../ssl/read-chain.ts";

describe("domains of services", () => {
  let opened: OpenedControl;
  let serviceId: string;
  let host: string;
  const domain = (name: string, more: Record<string, unknown> = {}) => ({
    ServiceId: serviceId,
    SubDomain: name,
    Protocol: "http",
    NetType: "OUTER",
    IsDefaultMapping: true,
    NetSubDomain: host,
    ...more,
  });
  const published = async (name: string) =>
    (await opened.store.apiGateway.published.load(serviceId))?.domains.find((one) => one.domain === name);

  before(async () => {
    opened = await openControl({ obtainsCertificates: true });
    const made = await opened.gateway("CreateService", { ServiceName: "shop", Protocol: "http&https" });
    serviceId = String(made["ServiceId"]);
    host = String(made["OuterSubDomain"]);
    const { certificate: chain, key } = new MadeAuthority().issue(["forced.example.com"]);
    const content = readChain({ chain, key }, systemClock.now());
    await opened.store.certificates.create({ certificateId: "given", alias: "", tags: [], ...content }, 10);
  });
  after(() => opened[Symbol.asyncDispose]());

  it("send requests without TLS to HTTPS when IsForcedHttps says so, and only where there is HTTPS", async () => {
    const both = { Protocol: "http&https", CertificateId: "given", IsForcedHttps: true };
    assert.equal(
      await opened.gatewayCode("BindSubDomain", domain("forced.example.com", { IsForcedHttps: true })),
      "InvalidParameterValue",
    );
    await opened.gateway("BindSubDomain", domain("forced.example.com", both));
    assert.equal((await published("forced.example.com"))?.isForcedHttps, true);
    const named = { ServiceId: serviceId, SubDomain: "forced.example.com", IsDefaultMapping: true };
    await opened.gateway("ModifySubDomain", named);
    assert.equal((await published("forced.example.com"))?.isForcedHttps, true, "what is left out stays");
    assert.equal(await opened.gatewayCode("ModifySubDomain", { ...named, Protocol: "http" }), "InvalidParameterValue");
    await opened.gateway("ModifySubDomain", { ...named, IsForcedHttps: false });
    const { DomainSet: set } = await opened.gateway("DescribeServiceSubDomains", { ServiceId: serviceId });
    assert.equal(Object(set)[0].IsForcedHttps, false);
  });

  it("have a certificate that is for them", async () => {
    const other = domain("other.example.com", { Protocol: "https", CertificateId: "given" });
    assert.equal(await opened.gatewayCode("BindSubDomain", other), "FailedOperation.CertificateIdError");
    assert.equal(await published("other.example.com"), undefined);
  });

  it("try the order of a certificate that failed anew when they are changed", async () => {
    const { certificateOrders: orders } = opened.store;
    const name = "late.example.com";
    const wanting = {
      protocol: "https",
      certificateId: null,
      paths: null,
      netType: "OUTER",
      isForcedHttps: false,
    } as const;
    await opened.store.apiGateway.domains.create(name, serviceId, wanting, 10);
    await orders.reconcile();
    const order = await orders.claim(60_000);
    assert.equal(order?.domain, name);
    await orders.failed(order.certificateId, "no address", systemClock.now() + 3_600_000);
    assert.equal(await orders.claim(60_000), null, "it waits");
    const change = { ServiceId: serviceId, SubDomain: name, IsDefaultMapping: true, CertificateId: "" };
    await opened.gateway("ModifySubDomain", change);
    assert.equal((await orders.claim(60_000))?.certificateId, order.certificateId, "at once");
  });

  it("are in a net that their service has, by the host name that it has there", async () => {
    const inner = domain("inner.example.com", { NetType: "INNER" });
    assert.equal(await opened.gatewayCode("BindSubDomain", inner), "UnsupportedOperation");
    const elsewhere = domain("inner.example.com", { NetSubDomain: "service-nobody00.localhost" });
    assert.equal(await opened.gatewayCode("BindSubDomain", elsewhere), "FailedOperation.NetSubDomainError");
    await opened.gateway("BindSubDomain", domain("inner.example.com", { NetSubDomain: host.toUpperCase() }));
    const named = { ServiceId: serviceId, SubDomain: "inner.example.com", IsDefaultMapping: true, NetType: "INNER" };
    assert.equal(await opened.gatewayCode("ModifySubDomain", named), "UnsupportedOperation");
    await opened.gateway("ModifyService", { ServiceId: serviceId, NetTypes: ["OUTER", "INNER"] });
    await opened.gateway("ModifySubDomain", named);
    assert.equal((await published("inner.example.com"))?.netType, "INNER");
  });
});
