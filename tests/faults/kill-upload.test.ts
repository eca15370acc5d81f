import assert from "node:assert/strict";
import { createHash, randomBytes } from "node:crypto";
import { existsSync, readdirSync } from "node:fs";
import fs from "node:fs/promises";
import path from "node:path";
import { after, before, describe, it } from "node:test";
import { setImmediate as nextTurn } from "node:timers/promises";
import { clientOf, deploy, waitUntilActive, zipOf } from "../deployed-function.ts";
import { descendantsNamed } from "../performance/processes.ts";
import { makeDataDirectory, startServer, type RunningServer } from "../running-server.ts";
import { assertNothingLeft, packagesOf, until } from "./aftermath.ts";

/** Large enough that sending, checking and unpacking it takes a while. */
const ballast = randomBytes(3_000_000);

function codeOf(version: string) {
  return { "index.js": `exports.main_handler = async () => "${version}";`, ballast };
}

interface Package {
  readonly version: string;
  readonly zip: string;
  readonly sha256: string;
}

async function packageOf(version: string): Promise<Package> {
  const zip = await zipOf(codeOf(version));
  return { version, zip, sha256: createHash("sha256").update(Buffer.from(zip, "base64")).digest("hex") };
}

/** Where an upload is when the fault comes. */
const moments = ["half sent", "being written to the disk", "on the disk, not yet in the database", "accepted"] as const;

/** Replaces the code and does `harm` at a moment of it; gives what the caller heard. */
async function cutUpload(
  server: RunningServer,
  { zip, sha256 }: Package,
  moment: (typeof moments)[number],
  harm: () => void,
): Promise<"accepted" | Error> {
  const artifacts = path.join(server.dataDirectory, "artifacts");
  const kept = path.join(artifacts, sha256.slice(0, 2), `${sha256}.zip`);
  const hasCome: Readonly<Record<typeof moment, (sentShare: number) => boolean>> = {
    "half sent": (sentShare) => sentShare >= 0.5,
    "being written to the disk": () => readdirSync(path.join(artifacts, "partial")).length > 0,
    "on the disk, not yet in the database": () => existsSync(kept),
    accepted: () => false,
  };
  let sentShare = 0;
  const upload = clientOf(server)
    .call(
      "UpdateFunctionCode",
      { FunctionName: "cut", Code: { ZipFile: zip } },
      { onUpload: (sent, total) => (sentShare = sent / total) },
    )
    .then(
      () => "accepted" as const,
      (error: unknown) => error as Error, // the client throws its own errors alone
    );
  let isOver = false;
  void upload.then(() => (isOver = true));
  while (!isOver && !hasCome[moment](sentShare)) await nextTurn();
  harm();
  return upload;
}

/** What the function answers now; the version that it has is Active and whole. */
async function versionOf(server: RunningServer): Promise<string> {
  await waitUntilActive(server, "cut");
  const { Result: result } = await clientOf(server).call("Invoke", { FunctionName: "cut", ClientContext: "{}" });
  const { RetMsg: answer, InvokeResult: code } = result as Record<string, unknown>; // wire type of Invoke
  assert.equal(code, 0, String(answer));
  return String(JSON.parse(String(answer)));
}

/** `served`: what may have served at the start, while the newest one was prepared; it goes an hour later. */
async function untilOnlyKept(dataDirectory: string, present: Package, served: Package = present): Promise<void> {
  const allowed = [present.sha256, served.sha256];
  await until("only packages in use are kept", async () => {
    const { kept, halfMade } = await packagesOf(dataDirectory);
    return kept.includes(present.sha256) && kept.every((one) => allowed.includes(one)) && halfMade.length === 0;
  });
}

describe("while code is uploaded", () => {
  let dataDirectory: string;
  let server: RunningServer;
  let present: Package;

  before(async () => {
    dataDirectory = await makeDataDirectory();
    server = await startServer({ dataDirectory });
    present = await packageOf("first");
    await deploy(server, "cut", codeOf("first"));
  });

  after(async () => {
    await server[Symbol.asyncDispose]();
    await fs.rm(dataDirectory, { recursive: true, force: true });
  });

  for (const moment of moments) {
    it(`a killed platform has the old or the new code and nothing else, when it is ${moment}`, async () => {
      const next = await packageOf(`platform killed when ${moment}`);
      let crashed: Promise<void> | undefined;
      const outcome = await cutUpload(server, next, moment, () => {
        crashed = server.crash();
      });
      await crashed;
      server = await startServer({ dataDirectory });
      const version = await versionOf(server);
      if (outcome === "accepted") assert.equal(version, next.version);
      assert.ok([present.version, next.version].includes(version), version);
      const served = present;
      present = version === next.version ? next : present;
      await untilOnlyKept(dataDirectory, present, served);
    });
  }

  for (const moment of moments) {
    it(`a killed PostgreSQL leaves the old or the new code, and an upload works again, when it is ${moment}`, async () => {
      const next = await packageOf(`database killed when ${moment}`);
      const outcome = await cutUpload(server, next, moment, () => {
        const [postmaster] = descendantsNamed(server.pid, "postgres");
        assert.ok(postmaster);
        process.kill(postmaster, "SIGKILL");
      });
      if (outcome instanceof Error) assert.match(outcome.message, /database/i);
      await until("an upload succeeds", () =>
        clientOf(server)
          .call("UpdateFunctionCode", { FunctionName: "cut", Code: { ZipFile: next.zip } })
          .then(
            () => true,
            () => false,
          ),
      );
      assert.equal(await versionOf(server), next.version);
      present = next;
    });
  }

  it("leaves only the package in use after a restart, and nothing running after a stop", async () => {
    await server.stop();
    server = await startServer({ dataDirectory });
    await untilOnlyKept(dataDirectory, present);
    assert.equal(await versionOf(server), present.version);
    await assertNothingLeft(server);
  });
});
