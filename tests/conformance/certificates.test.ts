import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import path from "node:path";
import { text } from "node:stream/consumers";
import { after, before, describe, it } from "node:test";
import tls from "node:tls";
import { MadeAuthority } from "../made-certificates.ts";
import { startServer, type RunningServer } from "../running-server.ts";
import { pythonEnvironment } from "./python-environment.ts";

const fixtures = path.join(import.meta.dirname, "fixtures");
type Reply = Readonly<Record<string, unknown>>;

describe("certificates, by the unmodified Python SDK of Tencent Cloud", () => {
  let server: RunningServer;
  let python: string;

  before(async () => {
    [server, python] = await Promise.all([
      startServer({ environment: { GUST_SANDBOX: "process", GUST_TLS_PORT: "0" } }),
      pythonEnvironment("tccli", path.join(fixtures, "tccli-requirements.txt")), // has the whole SDK
    ]);
  });
  after(() => server[Symbol.asyncDispose]());

  async function call(...calls: readonly (readonly [action: string, fields: Reply])[]): Promise<readonly Reply[]> {
    const { secretId, secretKey } = server.credentials;
    const child = spawn(python, [path.join(fixtures, "ssl_calls.py")], {
      stdio: ["pipe", "pipe", "inherit"],
      env: { PATH: process.env["PATH"], ENDPOINT: server.url, SECRET_ID: secretId, SECRET_KEY: secretKey },
    });
    child.stdin.end(JSON.stringify(calls));
    const [output] = await Promise.all([text(child.stdout), once(child, "exit")]);
    return JSON.parse(output);
  }

  it("are uploaded, listed, told, renamed and deleted", async () => {
    const authority = new MadeAuthority();
    const made = authority.issue(["www.example.com"]);
    const fields = { CertificatePublicKey: made.certificate, CertificatePrivateKey: made.key, Alias: "网站" };
    const [uploaded = {}, refused] = await call(
      ["UploadCertificate", fields],
      ["UploadCertificate", { ...fields, CertificatePrivateKey: authority.issue(["x.example.com"]).key }],
    );
    assert.equal(refused?.["code"], "FailedOperation.CertificateMismatch");
    const CertificateId = String(uploaded["CertificateId"]);
    const options = {
      host: "127.0.0.1",
      port: Number(new URL(server.tlsUrl ?? "").port),
      servername: "www.example.com",
      ca: authority.certificate,
    };
    const client = tls.connect(options);
    await once(client, "secureConnect"); // rejects unless the certificate is believed
    client.destroy();
    const [listed = {}, told = {}, renamed, detail = {}, deleted, missing] = await call(
      ["DescribeCertificates", { SearchKey: "example", CertificateType: "SVR", Limit: 5 }],
      ["DescribeCertificate", { CertificateId }],
      ["ModifyCertificateAlias", { CertificateId, Alias: "shop" }],
      ["DescribeCertificateDetail", { CertificateId }],
      ["DeleteCertificate", { CertificateId }],
      ["DescribeCertificate", { CertificateId }],
    );
    assert.equal(listed["TotalCount"], 1);
    assert.equal(Object(listed["Certificates"])[0].Alias, "网站");
    assert.deepEqual([told["Domain"], told["Status"], told["Deployable"]], ["www.example.com", 1, true]);
    assert.equal(renamed?.["CertificateId"], CertificateId);
    assert.deepEqual([detail["Alias"], detail["CertificatePrivateKey"]], ["shop", made.key]);
    assert.equal(deleted?.["DeleteResult"], true);
    assert.equal(missing?.["code"], "FailedOperation.CertificateNotFound");
  });
});
