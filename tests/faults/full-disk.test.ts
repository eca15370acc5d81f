import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { writeFileSync } from "node:fs";
import fs from "node:fs/promises";
import http from "node:http";
import path from "node:path";
import { text } from "node:stream/consumers";
import { it, type TestContext } from "node:test";
import { fillDisk, isMounted, smallDisk, temporaryDirectory } from "../../src/store/store-under-test.ts";
import { reserveSize } from "../../src/store/spool/reserve.ts";
import { clientOf, waitUntilActive, zipOf } from "../deployed-function.ts";
import { MadeAuthority } from "../made-certificates.ts";
import { startServer, type RunningServer } from "../running-server.ts";
import { until } from "./aftermath.ts";

const isFull = { code: "InternalError.System", message: /The disk under .+ is full \(\d+ bytes free\)/ };
const products = { apigateway: "2018-08-08", ssl: "2019-12-05" };

interface FullDisk extends AsyncDisposable {
  readonly path: string;
  readonly server: RunningServer;
}

/** A server whose data directory is a small disk; null where that cannot be had. */
async function serverOnSmallDisk(test: TestContext): Promise<FullDisk | null> {
  await using parts = new AsyncDisposableStack();
  const { path: directory } = parts.use(await temporaryDirectory());
  parts.use(await smallDisk(directory, "200m", test));
  if (!isMounted(directory)) return null;
  const server = parts.use(await startServer(options(directory)));
  const last = path.join(directory, "spool", `reserve-${reserveSize.files - 1}`);
  const reserved = async (): Promise<number> => (await fs.stat(last).catch(() => null))?.size ?? 0;
  await until("the reserve takes no more", async () => (await reserved()) === reserveSize.fileBytes);
  const kept = parts.move();
  return { path: directory, server, [Symbol.asyncDispose]: () => kept.disposeAsync() };
}

function options(dataDirectory: string) {
  return { dataDirectory, environment: { GUST_SANDBOX: "process" } };
}

async function call(server: RunningServer, service: keyof typeof products, action: string, fields: object) {
  const reply = await clientOf(server).call(
    action,
    { ...fields },
    { product: { service, version: products[service] } },
  );
  return Object(reply["Result"] ?? reply);
}

const mock = (says: string) => ({
  ServiceTimeout: 15,
  Protocol: "HTTP",
  ApiName: "mock",
  RequestConfig: { Path: "/mock", Method: "GET" },
  ServiceType: "MOCK",
  ServiceMockReturnMessage: says,
});

async function asked(server: RunningServer, serviceId: string): Promise<string> {
  const host = `${serviceId}-${server.credentials.appId}.localhost`;
  const { promise, resolve, reject } = Promise.withResolvers<http.IncomingMessage>();
  const to = { host: "127.0.0.1", port: server.port, path: "/release/mock", headers: { host } };
  http.get(to).on("response", resolve).on("error", reject);
  return text(await promise);
}

it("serves the last release that was acknowledged when the disk fills up, and keeps what it acknowledged", async (test) => {
  await using disk = await serverOnSmallDisk(test);
  if (disk === null) return;
  const { server } = disk;
  const { ServiceId } = await call(server, "apigateway", "CreateService", { ServiceName: "shop", Protocol: "http" });
  const { ApiId } = await call(server, "apigateway", "CreateApi", { ServiceId, ...mock("before") });
  const release = { ServiceId, EnvironmentName: "release", ReleaseDesc: "another" };
  const authority = new MadeAuthority();
  const acknowledged = { releases: 0, says: "", certificates: [] as string[] };
  const releaseNext = async (): Promise<void> => {
    const says = `release ${acknowledged.releases + 1}`;
    await call(server, "apigateway", "ModifyApi", { ServiceId, ApiId, ...mock(says) });
    await call(server, "apigateway", "ReleaseService", release);
    Object.assign(acknowledged, { releases: acknowledged.releases + 1, says });
  };
  const uploadNext = async (): Promise<void> => {
    const { certificate, key } = authority.issue([`a${acknowledged.certificates.length}.example.com`]);
    const fields = { CertificatePublicKey: certificate, CertificatePrivateKey: key };
    acknowledged.certificates.push((await call(server, "ssl", "UploadCertificate", fields)).CertificateId);
  };
  for (const next of [releaseNext, uploadNext]) {
    await next();
    using _ = fillDisk(disk.path);
    await assert.rejects(async () => {
      for (let count = 0; count < 500; count++) await next(); // the database has some room left in its files
    }, isFull);
  }
  const kept = async (of: RunningServer) => {
    const says = await asked(of, ServiceId);
    const releases = await call(of, "apigateway", "DescribeServiceReleaseVersion", { ServiceId, Limit: 100 });
    const { Certificates } = await call(of, "ssl", "DescribeCertificates", { Limit: 1_000 });
    const ids = Array.from(Certificates, (one) => String(Object(one).CertificateId));
    return { releases: Number(releases.TotalCount), says, certificates: ids.toReversed() };
  };
  assert.deepEqual(await kept(server), acknowledged);
  await releaseNext();
  await uploadNext();
  await server.crash();
  await using next = await startServer(options(disk.path));
  assert.deepEqual(await kept(next), acknowledged);
});

it("says of a build that the disk took nothing of what it made, and builds again once there is room", async (test) => {
  await using disk = await serverOnSmallDisk(test);
  if (disk === null) return;
  const { server } = disk;
  await using elsewhere = await temporaryDirectory();
  await fs.chmod(elsewhere.path, 0o777);
  const isFilled = path.join(elsewhere.path, "filled");
  const code = {
    "index.js": `exports.main_handler = () => require("greeting");`,
    "package.json": JSON.stringify({
      dependencies: { greeting: "file:greeting" },
      scripts: { postinstall: `echo installed; until [ -e ${isFilled} ]; do sleep 0.02; done` },
    }),
    "greeting/package.json": JSON.stringify({ name: "greeting", version: "1.0.0", main: "index.js" }),
    "greeting/index.js": `module.exports = "hello";`,
  };
  const client = clientOf(server);
  const named = { FunctionName: "greeter" };
  const settings = { Handler: "index.main_handler", Runtime: "Nodejs26.10", InstallDependency: "TRUE" };
  await client.call("CreateFunction", { ...named, ...settings, Code: { ZipFile: await zipOf(code) } });
  const told = async (): Promise<string> => String((await client.call("GetFunction", named))["StatusDesc"]);
  await until("the build waits", async () => (await told()) === "installed");
  {
    using _ = fillDisk(disk.path);
    writeFileSync(isFilled, "");
    await until(
      "the build has failed",
      async () => (await client.call("GetFunction", named))["Status"] === "CreateFailed",
    );
    assert.match(await told(), /(is full|no space left).* deploy it again/s);
    const another = {
      ...named,
      ...settings,
      FunctionName: "another",
      Code: { ZipFile: await zipOf({ ballast: randomBytes(100_000) }) },
    };
    await assert.rejects(client.call("CreateFunction", another), {
      ...isFull,
      message: /Code packages cannot be written to .+: there is no space left/,
    });
  }
  await client.call("UpdateFunctionConfiguration", { ...named, MemorySize: 256 });
  await waitUntilActive(server, "greeter");
  const { Result: result } = await client.call("Invoke", named);
  assert.equal(Object(result).RetMsg, `"hello"`);
});
