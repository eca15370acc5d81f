import assert from "node:assert/strict";
import { cp } from "node:fs/promises";
import path from "node:path";
import { describe, it } from "node:test";
import { compileJava, skipsJava } from "../../runtimes/java/testing/compile-java.ts";
import { builtRuntimes, javaRuntime } from "../../runtimes/java/testing/with-package.ts";
import { newSandboxId } from "../../src/core/index.ts";
import { createProcessDriver, runtimePrograms } from "../../src/sandbox/index.ts";
import { withoutContainers } from "../containers.ts";
import { BoxMaker, soon, type MakeDriver } from "./box-maker.ts";
import { CallFailure, collect, initMessage } from "./channel-requests.ts";
import { writeCodePackage } from "./code-package.ts";
import { makeOciDriver } from "./oci-boxes.ts";

const source = `package example;
import java.security.*;
import java.util.*;
public class Function {
    /** What a JVM reads of /etc, of the system's libraries and of its own memory. */
    public Map<String, Object> look() throws Exception {
        Map<String, Object> seen = new TreeMap<>();
        seen.put("random", SecureRandom.getInstanceStrong().getAlgorithm().endsWith("Blocking"));
        seen.put("digest", MessageDigest.getInstance("SHA-256").digest(new byte[0]).length);
        seen.put("tls", javax.net.ssl.SSLContext.getDefault().getSupportedSSLParameters().getProtocols().length > 1);
        seen.put("authorities", authorities() > 10);
        seen.put("zone", TimeZone.getDefault().getID());
        seen.put("code", Function.class.getProtectionDomain().getCodeSource().getLocation().getPath());
        ProcessBuilder builder = new ProcessBuilder("sh", "-c", "echo $GREETING");
        builder.environment(); // else a child has what the JVM was started with
        seen.put("child", new String(builder.start().getInputStream().readAllBytes()).strip());
        java.nio.file.Path file = java.nio.file.Files.createTempFile("a", "b");
        java.nio.file.Files.delete(java.nio.file.Files.writeString(file, "c"));
        return seen;
    }
    private static int authorities() throws Exception {
        javax.net.ssl.TrustManagerFactory factory = javax.net.ssl.TrustManagerFactory.getInstance("PKIX");
        factory.init((KeyStore) null);
        return ((javax.net.ssl.X509TrustManager) factory.getTrustManagers()[0]).getAcceptedIssuers().length;
    }
    /** Holds more and more. */
    public void fill() {
        List<byte[]> held = new ArrayList<>();
        while (true) held.add(new byte[1 << 20]);
    }
    /** Drops far more than it may hold. */
    public int churn() {
        int sum = 0;
        for (int i = 0; i < 2000; i++) sum += new byte[1 << 20].length >> 20;
        return sum;
    }
}
`;
const classes = await compileJava({ "example/Function.java": source });

describe("Java in boxes", { skip: skipsJava }, () => {
  cases("process", createProcessDriver, false);
  cases("oci", makeOciDriver, withoutContainers);
});

function cases(name: string, makeDriver: MakeDriver, skip: string | false): void {
  describe(`of the ${name} driver`, { skip }, () => {
    it("finds all that Java needs of its host", async () => {
      const seen = await call(makeDriver, "look");
      assert.ok(seen instanceof Object, String(seen));
      const { code, ...rest } = seen as Record<string, unknown>; // JSON of the function above
      assert.deepEqual(rest, { authorities: true, child: "hello", digest: 32, random: true, tls: true, zone: "UTC" });
      assert.ok(name !== "oci" || code === "/var/user/", String(code));
    });

    it("ends with the memory of the function, and not with its garbage", async () => {
      assert.equal(await call(makeDriver, "churn"), 2_000);
      assert.equal(await call(makeDriver, "fill"), "memory");
    });
  });
}

/** What a call of a method gives; where it fails, the kind of its box's end. */
async function call(makeDriver: MakeDriver, method: string): Promise<unknown> {
  const maker = await BoxMaker.make(async (options) => {
    const folder = path.basename(path.dirname(javaRuntime.at(-1) ?? ""));
    const built = path.join(options.runDirectory, "programs", folder);
    await cp(path.join(builtRuntimes, folder), built, { recursive: true, preserveTimestamps: true });
    return makeDriver(options);
  });
  await using stack = new AsyncDisposableStack();
  stack.use(maker);
  const code = stack.use(await writeCodePackage(classes));
  const box = await maker.driver.create({ id: newSandboxId(), program: runtimePrograms.java }, { signal: soon() });
  await cp(code.root, maker.codeDirectory, { recursive: true });
  const assignment = { codeDirectory: maker.codeDirectory, memoryMb: 128 };
  await box.assign(assignment, { signal: soon() });
  const { codeRoot } = box.paths(assignment);
  const environment = { GREETING: "hello", TZ: "UTC" };
  const init = {
    ...initMessage,
    form: "event",
    handler: `example.Function::${method}`,
    codeRoot,
    environment,
  } as const;
  const outcome = await box.channel.init(init, { signal: soon() });
  assert.equal(outcome.kind, "initialized", JSON.stringify(outcome));
  const { receiver, answer, attach } = collect();
  attach(box.channel.open({ kind: "event", requestId: "r", deadlineMs: 20_000, pairs: [], body: "{}" }, receiver));
  return await answer.then(
    ({ body }) => JSON.parse(body.toString()) as unknown,
    async (error: unknown) => {
      if (!(error instanceof CallFailure)) throw error;
      return error.failure.kind === "exit" ? (await box.ended).kind : `${error.failure.kind}: ${error.failure.message}`;
    },
  );
}
