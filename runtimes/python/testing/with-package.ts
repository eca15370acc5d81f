import { execFileSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import { writeCodePackage, type PackageFiles } from "../../../tests/conformance/code-package.ts";
import { RuntimeClient, type InitOptions } from "../../../tests/conformance/runtime-client.ts";

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

/** Runs a test against the Python runtime with a code package loaded. */
export async function withPackage(
  files: PackageFiles,
  options: Omit<InitOptions, "codeRoot">,
  test: (client: RuntimeClient, root: string) => Promise<void>,
): Promise<void> {
  await using code = await writeCodePackage(files);
  await using client = new RuntimeClient(pythonRuntime);
  await client.start({ ...options, codeRoot: code.root });
  await test(client, code.root);
}

/** What INIT answers for a code package. */
export async function initFailure(
  files: PackageFiles,
  handler: string,
  form: "event" | "http" = "event",
): Promise<string> {
  await using code = await writeCodePackage(files);
  await using client = new RuntimeClient(pythonRuntime);
  await client.ready();
  const { failure } = await client.init({ codeRoot: code.root, handler, form });
  return failure === undefined ? "initialized" : `${failure.kind}: ${failure.message}\n${failure.stackTrace}`;
}

/** The program itself: a version switcher's shim in its place costs more processor time, at every start, than Python does. */
function interpreter(name: string): string {
  return execFileSync(name, ["-I", "-S", "-c", "import sys; print(sys.executable)"], { encoding: "utf8" }).trim();
}
