import { CancelFlag } from "../package/cancel-flag.ts";
import { verifyContent } from "../package/entry-content.ts";
import { readPackage, type PackageContents } from "../package/package-contents.ts";
import { rawZip } from "./raw-zip.ts";

/** Checks a package as `put` does. Throws PackageRefusal. */
export async function verifyPackage(zip: Buffer): Promise<PackageContents> {
  const cancel = new CancelFlag();
  const contents = await readPackage(zip, cancel);
  for (const file of contents.files) await verifyContent(zip, file, cancel);
  return contents;
}

/** A zip of files and directories (names that end in a slash). */
export function named(...names: string[]): Buffer {
  return rawZip(names.map((name) => ({ name, content: name.endsWith("/") ? "" : "x" })));
}

/** A zip of one file, `file`, and links: name and target. */
export function linked(...links: [string, string][]): Buffer {
  const entries = links.map(([name, content]) => ({ name, content, mode: 0o120777 }));
  return rawZip([{ name: "file", content: "x" }, ...entries]);
}
