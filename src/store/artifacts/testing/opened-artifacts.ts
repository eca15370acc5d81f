import { mkdtemp, rm } from "node:fs/promises";
import os from "node:os";
import path from "node:path";
import type { Logger, Sha256 } from "../../../core/index.ts";
import type { Artifacts, PackageListing } from "../artifacts.ts";
import { openArtifacts } from "../open-artifacts.ts";

export const signal: AbortSignal = new AbortController().signal;

/** A directory of a test, removed at its end. */
export async function temporaryDirectory(): Promise<AsyncDisposable & { readonly path: string }> {
  const directory = await mkdtemp(path.join(os.tmpdir(), "gust-artifacts-"));
  return { path: directory, [Symbol.asyncDispose]: () => rm(directory, { recursive: true, force: true }) };
}

function ignore(): void {}

/** A logger whose `info` tells that leftovers are gone. */
export function loggerOf(onInfo: () => void = ignore): Logger {
  return { error: ignore, warn: ignore, info: onInfo, debug: ignore };
}

/** Opens packages in a directory of their own. */
export async function openTemporary(): Promise<
  AsyncDisposable & { readonly directory: string; readonly artifacts: Artifacts }
> {
  const stack = new AsyncDisposableStack();
  const directory = stack.use(await temporaryDirectory()).path;
  const artifacts = stack.use(await openArtifacts({ directory, logger: loggerOf() }));
  return { directory, artifacts, [Symbol.asyncDispose]: () => stack.disposeAsync() };
}

/** Puts a package that must not be refused. */
export async function putStored(
  artifacts: Artifacts,
  zip: Uint8Array,
): Promise<{ sha256: Sha256; listing: PackageListing }> {
  const outcome = await artifacts.put(zip, { signal });
  if (outcome.kind === "refused") throw new Error(outcome.problem.message);
  return outcome;
}
