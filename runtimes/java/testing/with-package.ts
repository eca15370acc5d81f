import path from "node:path";
import { prepareJava } from "../../../src/sandbox/java/prepare-java.ts";
import { packageTests } from "../../../tests/conformance/package-tests.ts";
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

export const { withPackage } = packageTests(() => javaRuntime);
