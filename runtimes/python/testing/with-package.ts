import { execFileSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import { packageTests } from "../../../tests/conformance/package-tests.ts";

/**
 * As the platform starts it: nothing of the host's site-packages, nothing of the environment's.
 * `GUST_TEST_PYTHON` is another interpreter to test, such as python3.9.
 */
export const pythonRuntime: readonly string[] = [
  interpreter(process.env["GUST_TEST_PYTHON"] ?? "python3"),
  "-I",
  "-S",
  fileURLToPath(new URL("../main.py", import.meta.url)),
];

export const { withPackage, initFailure } = packageTests(() => pythonRuntime);

/** The program itself: a version switcher's shim in its place costs more processor time, at every start, than Python does. */
function interpreter(name: string): string {
  return execFileSync(name, ["-I", "-S", "-c", "import sys; print(sys.executable)"], { encoding: "utf8" }).trim();
}
