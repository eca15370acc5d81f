import path from "node:path";
import { prepareJava } from "../../../src/sandbox/java/prepare-java.ts";
import { writeCodePackage, type PackageFiles } from "../../../tests/conformance/code-package.ts";
import { RuntimeClient, type InitOptions } from "../../../tests/conformance/runtime-client.ts";
import { skipsJava } from "./compile-java.ts";

/** Where tests keep the compiled runtime. */
export const builtRuntimes = path.resolve(import.meta.dirname, "../../../node_modules/.cache/java-runtime");

/** A box has a working directory of its own. */
const elsewhere = ["/bin/sh", "-c", 'cd "${TMPDIR:-/tmp}" && exec "$@"', "sh"] as const;

/** As the platform starts it; nothing where there is no JDK. */
export const javaRuntime: readonly string[] =
  skipsJava === false
    ? [...elsewhere, ...(await prepareJava(builtRuntimes, { signal: AbortSignal.timeout(60_000) }))]
    : [];

/** Runs a test against the Java runtime with a code package loaded. */
export async function withPackage(
  files: PackageFiles,
  options: Omit<InitOptions, "codeRoot">,
  test: (client: RuntimeClient, root: string) => Promise<void>,
): Promise<void> {
  await using code = await writeCodePackage(files);
  await using client = new RuntimeClient(javaRuntime);
  await client.start({ ...options, codeRoot: code.root });
  await test(client, code.root);
}
