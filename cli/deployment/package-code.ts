import fs from "node:fs/promises";
import os from "node:os";
import path from "node:path";
import { packSource, type PackedCode, type PackOptions } from "../package/pack-source.ts";
import { bootstrapName, type CodeSource } from "../project/project.ts";
import { bootstrapText } from "../project/start-script.ts";

/** Packs a function's code. A service without `scf_bootstrap` gets one in the package; its directory stays as it is. */
export async function packageCode(code: CodeSource, options: PackOptions): Promise<PackedCode> {
  const leaveOut = [...(code.leaveOut ?? []), ...(options.leaveOut ?? [])];
  const ignore = { leaveOut, ...(code.ignoreFile === undefined ? {} : { ignoreFile: code.ignoreFile }) };
  if (code.startCommand === undefined) return packSource(code.path, { ...options, ...ignore });
  const folder = await fs.mkdtemp(path.join(os.tmpdir(), "gust-package-"));
  try {
    const place = path.join(folder, bootstrapName);
    const text = bootstrapText(code.startCommand);
    await fs.writeFile(place, text);
    const bootstrap = {
      kind: "file",
      path: bootstrapName,
      place,
      size: Buffer.byteLength(text),
      isExecutable: true,
    } as const;
    return await packSource(code.path, { ...options, ...ignore, extraFiles: [bootstrap] });
  } finally {
    await fs.rm(folder, { recursive: true, force: true });
  }
}
