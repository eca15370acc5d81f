import { spawn } from "node:child_process";
import { text } from "node:stream/consumers";
import { programEnvironment } from "../../../host-programs/find-program.ts";
import { installCommand } from "../../../host-programs/host-packages.ts";

/** Programs of the host that make networks. */
export type HostProgram = "ip" | "nft" | "perl";

/** Runs a program to its end and gives what it wrote. Throws an Error that quotes the program's complaint. */
export async function runProgram(program: HostProgram, parameters: readonly string[], input = ""): Promise<string> {
  const child = spawn(program, parameters, { env: programEnvironment, stdio: "pipe" });
  const exit = new Promise<number | null>((resolve, reject) => {
    child.once("error", reject);
    child.once("close", resolve);
  });
  child.stdin.on("error", () => undefined); // it ended without reading: its exit says why
  child.stdin.end(input);
  const [code, output, complaint] = await Promise.all([exit, text(child.stdout), text(child.stderr)]).catch(
    (cause: unknown) => {
      throw programError(program, cause);
    },
  );
  if (code === 0) return output;
  throw new Error(`${program} ${parameters.join(" ")} failed: ${complaint.trim() || `exit code ${code}`}`);
}

/** The sentence for a program that could not be started. */
export function programError(program: HostProgram, cause: unknown): Error {
  const isMissing = cause instanceof Error && "code" in cause && cause.code === "ENOENT";
  const message = isMissing
    ? `Networks of sandboxes need the program ${program}, which is not installed: ${installCommand([program])}`
    : `Networks of sandboxes need the program ${program}, which cannot be started`;
  return new Error(message, { cause });
}
