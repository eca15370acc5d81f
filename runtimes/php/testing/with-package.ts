import { execFileSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import { writeCodePackage, type PackageFiles } from "../../../tests/conformance/code-package.ts";
import { RuntimeClient, type InitOptions } from "../../../tests/conformance/runtime-client.ts";

const start = fileURLToPath(new URL("../start.sh", import.meta.url));

/** As the platform starts it. */
export const phpRuntime: readonly string[] = ["/bin/sh", start];
const phpHttpRuntime: readonly string[] = [...phpRuntime, "http"];

/** Why tests of PHP cannot run here; false when they can. */
export const withoutPhp: string | false = whyMissing("php", /^PHP [89]\./);
export const withoutPhpCgi: string | false = withoutPhp || whyMissing("php-cgi", /cgi-fcgi/);

/** Runs a test against the PHP runtime with a code package loaded. */
export async function withPackage(
  files: PackageFiles,
  options: Omit<InitOptions, "codeRoot">,
  test: (client: RuntimeClient, root: string) => Promise<void>,
): Promise<void> {
  await using code = await writeCodePackage(files);
  await using client = new RuntimeClient(options.form === "http" ? phpHttpRuntime : phpRuntime);
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
  await using client = new RuntimeClient(form === "http" ? phpHttpRuntime : phpRuntime);
  await client.ready();
  const { failure } = await client.init({ codeRoot: code.root, handler, form });
  return failure === undefined ? "initialized" : `${failure.kind}: ${failure.message}\n${failure.stackTrace}`;
}

function whyMissing(program: string, version: RegExp): string | false {
  try {
    if (version.test(execFileSync(program, ["-v"], { encoding: "utf8", stdio: ["ignore", "pipe", "ignore"] }))) {
      return false;
    }
  } catch (error) {
    if (!(error instanceof Error && "code" in error && error.code === "ENOENT")) throw error;
  }
  return `${program} 8 is not installed: apt-get install ${program === "php" ? "php-cli" : program}`;
}
