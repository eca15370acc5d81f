import { fileURLToPath } from "node:url";
import { writeCodePackage, type PackageFiles } from "../../../tests/conformance/code-package.ts";
import type { Failure } from "../../../tests/conformance/runtime-call.ts";
import { RuntimeClient, type InitOptions } from "../../../tests/conformance/runtime-client.ts";

export const customRuntime = [process.execPath, fileURLToPath(new URL("../main.js", import.meta.url))];

/** An executable file. */
export function executable(text: string): { text: string; mode: number } {
  return { text, mode: 0o755 };
}

/** A bootstrap for Node with this code, which may await. */
export function nodeBootstrap(code: string): PackageFiles {
  return { bootstrap: executable(`#!${process.execPath}\n(async () => {\n${code}\n})();\n`) };
}

/** A bootstrap for the shell. */
export function shellBootstrap(code: string): PackageFiles {
  return { bootstrap: executable(`#!/bin/sh\n${code}\n`) };
}

/** Runs a test against the custom runtime with a package loaded; the program takes calls. */
export async function withProgram(
  files: PackageFiles,
  test: (client: RuntimeClient, root: string) => Promise<void>,
  options: Partial<InitOptions> = {},
): Promise<void> {
  await using code = await writeCodePackage(files);
  await using client = new RuntimeClient(customRuntime);
  await client.start({ codeRoot: code.root, handler: "", ...options });
  await test(client, code.root);
}

/** Why INIT fails for a package. */
export async function initFailure(files: PackageFiles, options: Partial<InitOptions> = {}): Promise<Failure> {
  await using code = await writeCodePackage(files);
  await using client = new RuntimeClient(customRuntime);
  await client.ready();
  const { failure } = await client.init({ codeRoot: code.root, handler: "", ...options });
  if (failure === undefined) throw new Error("INIT must fail");
  return failure;
}
