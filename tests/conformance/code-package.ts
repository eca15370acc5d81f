import { mkdtemp, mkdir, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";

export type PackageFiles = Readonly<
  Record<string, string | { readonly text: string | Uint8Array; readonly mode: number }>
>;

/** An unpacked code package in a folder of its own, gone when disposed. */
export interface CodePackage extends AsyncDisposable {
  readonly root: string;
}

export async function writeCodePackage(files: PackageFiles): Promise<CodePackage> {
  const root = await mkdtemp(join(tmpdir(), "gust-code-"));
  for (const [name, content] of Object.entries(files)) {
    const { text, mode } = typeof content === "string" ? { text: content, mode: 0o644 } : content;
    await mkdir(dirname(join(root, name)), { recursive: true });
    await writeFile(join(root, name), text, { mode });
  }
  return { root, [Symbol.asyncDispose]: () => rm(root, { recursive: true, force: true }) };
}
