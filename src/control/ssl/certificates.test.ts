import assert from "node:assert/strict";
import { createPrivateKey } from "node:crypto";
import { after, before, describe, it } from "node:test";
import { MadeAuthority } from "../../../tests/made-certificates.ts";
import { openControl, type OpenedControl, type Reply } from "../opened-control.suite.ts";

const version = "2019-12-05";
const authority = new MadeAuthority();
const good = authority.issue(["www.example.com", "*.example.org"]);
const other = authority.issue(["other.example.com"]);

const encrypted = (password: string): string =>
  createPrivateKey(good.key)
    .export({ type: "pkcs8", format: "pem", cipher: "aes-256-cbc", passphrase: password })
    .toString();

const upload = (chain: string, key: string, more: Readonly<Record<string, unknown>> = {}) => ({
  CertificatePublicKey: chain,
  CertificatePrivateKey: key,
  ...more,
});

describe("certificates of users", () => {
  let opened: OpenedControl;
  before(async () => void (opened = await openControl()));
  after(() => opened[Symbol.asyncDispose]());

  const call = (action: string, fields: unknown): Promise<Reply> => opened.call(action, fields, { version });

  const expired = authority.issue(["a.example.com"], { from: -30, days: 10 });
  const early = authority.issue(["a.example.com"], { from: 5 });
  const nameless = authority.issue([]);
  const refused: readonly (readonly [what: string, fields: Reply, code: string, sentence: RegExp])[] = [
    ["no PEM", upload("nothing", good.key), "CertificateParseError", /no certificate in PEM/],
    [
      "a broken one",
      upload(good.certificate.replace(/\nM..../, "\nMAAA/"), good.key),
      "CertificateParseError",
      /Certificate 1/,
    ],
    [
      "another's key",
      upload(good.certificate, other.key),
      "CertificateMismatch",
      /for www\.example\.com, \*\.example\.org/,
    ],
    ["no key in PEM", upload(good.certificate, "nothing"), "CertificateParseError", /no private key in PEM/],
    [
      "an encrypted key",
      upload(good.certificate, encrypted("secret")),
      "CertificateEncryptInvalid",
      /KeyPassword is missing/,
    ],
    [
      "the authority first",
      upload(authority.certificate + good.certificate, good.key),
      "CertificateChainError",
      /Certificate 2 .*www\.example\.com.* did not issue/,
    ],
    [
      "a stranger as issuer",
      upload(good.certificate + new MadeAuthority().certificate, good.key),
      "CertificateChainError",
      /did not issue/,
    ],
    ["an expired one", upload(expired.certificate, expired.key), "CertificateInvalid", /expired at \d{4}-/],
    ["one of tomorrow", upload(early.certificate, early.key), "CertificateInvalid", /valid from \d{4}-/],
    ["one without names", upload(nameless.certificate, nameless.key), "CertificateInvalid", /names no host/],
  ];
  for (const [what, fields, code, sentence] of refused) {
    it(`are refused: ${what}`, async () => {
      const { Error: error } = await call("UploadCertificate", fields);
      assert.equal(error?.Code, `FailedOperation.${code}`);
      assert.match(error?.Message ?? "", sentence);
    });
  }

  it("are announced, and come back without their keys unless these are asked for", async () => {
    const announced: string[] = [];
    const listener = { changed: async (id: string) => void announced.push(id), resync: async () => undefined };
    using _ = opened.store.changes.subscribe("certificate", listener);
    const fields = upload(good.certificate + authority.certificate, encrypted("secret"), { KeyPassword: "secret" });
    const { CertificateId: id } = await call("UploadCertificate", fields);
    assert.deepEqual(announced, [id]);
    const told = await call("DescribeCertificate", { CertificateId: id });
    assert.deepEqual([told["Domain"], told["Status"], told["IsWildcard"]], ["www.example.com", 1, true]);
    assert.doesNotMatch(JSON.stringify([told, await call("DescribeCertificates", {})]), /PRIVATE/);
    const detail = await call("DescribeCertificateDetail", { CertificateId: id });
    assert.equal(detail["CertificatePublicKey"], good.certificate + authority.certificate);
    assert.equal(detail["CertificatePrivateKey"], good.key);
    const again = await call("UploadCertificate", { ...fields, Repeatable: false });
    assert.deepEqual([again["CertificateId"], again["RepeatCertId"]], [id, id]);
  });
});
