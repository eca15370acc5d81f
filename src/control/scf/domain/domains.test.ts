import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { MadeAuthority } from "../../../../tests/made-certificates.ts";
import { openControl, type OpenedControl } from "../../opened-control.suite.ts";

const endpoint = (more: Record<string, unknown> = {}) => ({
  Namespace: "default",
  FunctionName: "web",
  Qualifier: "$DEFAULT",
  PathMatch: "/*",
  ...more,
});
const domain = (name: string, more: Record<string, unknown> = {}) => ({
  Domain: name,
  Protocol: "HTTP",
  EndpointsConfig: [endpoint()],
  ...more,
});
const rewrite = (more: Record<string, unknown>) =>
  domain("rewrite.example.com", {
    EndpointsConfig: [endpoint({ PathRewrite: [{ Path: "/a/*", Type: "WildcardRules", Rewrite: "/$1", ...more }] })],
  });
const matching = (PathMatch: string) => domain("match.example.com", { EndpointsConfig: [endpoint({ PathMatch })] });

describe("custom domains", () => {
  let opened: OpenedControl;
  before(async () => {
    opened = await openControl();
    await opened.deploy("web", { Type: "HTTP", Handler: "index.web" });
    await opened.deploy("event");
  });
  after(() => opened[Symbol.asyncDispose]());

  const uploaded = async (name: string): Promise<string> => {
    const { certificate, key } = new MadeAuthority().issue([name]);
    const fields = { CertificatePublicKey: certificate, CertificatePrivateKey: key };
    const reply = await opened.call("UploadCertificate", fields, { version: "2019-12-05" });
    return String(reply["CertificateId"]);
  };

  const refused: readonly (readonly [what: string, fields: Record<string, unknown>, code: string])[] = [
    ["a wildcard", domain("*.example.com"), "InvalidParameterValue"],
    ["one label", domain("example"), "InvalidParameterValue"],
    ["an address", domain("192.168.0.1"), "InvalidParameterValue"],
    ["a port", domain("www.example.com:80"), "InvalidParameterValue"],
    ["a label that ends in -", domain("www-.example.com"), "InvalidParameterValue"],
    ["the base domain", domain("gust.localhost"), "InvalidParameterValue"],
    ["another protocol", domain("a.example.com", { Protocol: "FTP" }), "InvalidParameterValue"],
    ["HTTPS without a certificate", domain("a.example.com", { Protocol: "HTTPS" }), "MissingParameter"],
    ["both without a certificate", domain("a.example.com", { Protocol: "HTTP&HTTPS" }), "MissingParameter"],
    ["a firewall", domain("a.example.com", { WafConfig: { WafOpen: "OPEN" } }), "UnsupportedOperation"],
    ["no endpoint", domain("a.example.com", { EndpointsConfig: [] }), "InvalidParameterValue"],
    ["a path twice", domain("a.example.com", { EndpointsConfig: [endpoint(), endpoint()] }), "InvalidParameterValue"],
    ["a path without a slash", matching("a"), "InvalidParameterValue"],
    ["a star inside", matching("/*/a"), "InvalidParameterValue"],
    ["a star in a segment", matching("/a*"), "InvalidParameterValue"],
    ["a query", matching("/a?b"), "InvalidParameterValue"],
    ["a line break", matching("/a\r\nb"), "InvalidParameterValue"],
    ["an exact rule with a star", rewrite({ Type: "ExactRules" }), "InvalidParameterValue"],
    ["a rule of another type", rewrite({ Type: "RegexRules" }), "InvalidParameterValue.Type"],
    ["a rewrite that is no path", rewrite({ Rewrite: "http://x/" }), "InvalidParameterValue"],
    ["a rewrite with a line break", rewrite({ Rewrite: "/\r\nx: y" }), "InvalidParameterValue"],
    [
      "a missing function",
      domain("a.example.com", { EndpointsConfig: [endpoint({ FunctionName: "nope" })] }),
      "ResourceNotFound.FunctionName",
    ],
    [
      "a missing qualifier",
      domain("a.example.com", { EndpointsConfig: [endpoint({ Qualifier: "nope" })] }),
      "ResourceNotFound.Qualifier",
    ],
    [
      "an event function",
      domain("a.example.com", { EndpointsConfig: [endpoint({ FunctionName: "event" })] }),
      "UnsupportedOperation",
    ],
  ];
  for (const [what, fields, code] of refused) {
    it(`are refused with ${what}`, async () => {
      assert.equal(await opened.code("CreateCustomDomain", fields), code);
      assert.equal(await opened.code("GetCustomDomain", { Domain: "a.example.com" }), "ResourceNotFound");
    });
  }

  it("are refused for the name by which the API is called", async () => {
    const origin = { origin: "http://api.example.com:4878" };
    const { Error: error } = await opened.call("CreateCustomDomain", domain("API.example.com"), origin);
    assert.match(error?.Message ?? "", /api\.example\.com is the one by which this request reached the API/);
  });

  it("are refused with a certificate that is not there, or not for them, and take a wildcard's", async () => {
    const wildcard = await uploaded("*.example.org");
    const message = async (Domain: string, CertificateId: string): Promise<string> => {
      const fields = domain(Domain, { Protocol: "HTTPS", CertConfig: { CertificateId } });
      return (await opened.call("CreateCustomDomain", fields)).Error?.Message ?? "";
    };
    assert.match(await message("a.example.org", "none"), /no certificate none/);
    assert.match(await message("a.b.example.org", wildcard), /is for \*\.example\.org, and not for a\.b\.example\.org/);
    assert.match(await message("example.org", wildcard), /not for example\.org/);
    assert.equal(await message("a.example.org", wildcard), "");
    const version = "2019-12-05";
    const { Error: error } = await opened.call("DeleteCertificate", { CertificateId: wildcard }, { version });
    assert.equal(error?.Code, "FailedOperation.BoundResources");
    assert.match(error.Message, /a\.example\.org/);
  });

  it("keep what an update does not give", async () => {
    const given = {
      Protocol: "HTTPS",
      CertConfig: { CertificateId: await uploaded("keep.example.com") },
      WafConfig: { WafOpen: "CLOSE" },
      Tags: [{ Key: "owner", Value: "函数" }],
    };
    await opened.ok("CreateCustomDomain", domain("keep.example.com", given));
    assert.equal(await opened.code("CreateCustomDomain", domain("KEEP.example.com")), "ResourceInUse");
    const update = { Domain: "keep.example.com", EndpointsConfig: [endpoint({ PathMatch: "/b" })] };
    await opened.ok("UpdateCustomDomain", update);
    const { RequestId: _, ...found } = await opened.ok("GetCustomDomain", { Domain: "keep.example.com" });
    assert.deepEqual(found, {
      Domain: "keep.example.com",
      ...given,
      EndpointsConfig: [endpoint({ PathMatch: "/b", PathRewrite: [] })],
    });
    const uncertified = { Domain: "keep.example.com", CertConfig: {} };
    assert.equal(await opened.code("UpdateCustomDomain", uncertified), "MissingParameter");
    assert.equal(await opened.code("UpdateCustomDomain", { Domain: "no.example.com" }), "ResourceNotFound");
    assert.equal(
      await opened.code("ListCustomDomains", { Filters: [{ Name: "X", Values: [] }] }),
      "InvalidParameterValue.Filters",
    );
  });
});
