import { execFileSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import { packageTests } from "../../../tests/conformance/package-tests.ts";

const start = fileURLToPath(new URL("../start.sh", import.meta.url));

/** As the platform starts it. */
export const phpRuntime: readonly string[] = ["/bin/sh", start];
const phpHttpRuntime: readonly string[] = [...phpRuntime, "http"];

/** Why tests of PHP cannot run here; false when they can. */
export const withoutPhp: string | false = whyMissing("php", /^PHP [89]\./);
export const withoutPhpCgi: string | false = withoutPhp || whyMissing("php-cgi", /cgi-fcgi/);

export const { withPackage, initFailure } = packageTests((form) => (form === "http" ? phpHttpRuntime : phpRuntime));

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
