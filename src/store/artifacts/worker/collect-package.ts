import fs from "node:fs";
import path from "node:path";
import type { CancelFlag } from "../package/cancel-flag.ts";
import { asDiskFailure } from "./disk-failure.ts";
import type { Jobs } from "./jobs.ts";
import type { JobResult } from "./kept-zip.ts";

/** Removes a package. Its tree loses its name first, so that nobody sees half of it. */
export function collectPackage(
  { zip, olderThan, directory, partialDirectory, images }: Jobs["collect"]["input"],
  cancel: CancelFlag,
): JobResult<"collect"> {
  try {
    const kept = fs.statSync(zip, { throwIfNoEntry: false });
    if (kept !== undefined && kept.mtimeMs >= olderThan) return { output: 0 };
    fs.rmSync(zip, { force: true });
    const freedBytes = (kept?.size ?? 0) + images.reduce((sum, image) => sum + removeTree(image, cancel), 0);
    if (!fs.existsSync(directory)) return { output: freedBytes };
    fs.renameSync(directory, partialDirectory);
    return { output: freedBytes + removeTree(partialDirectory, cancel) };
  } catch (error) {
    throw asDiskFailure(error, path.dirname(zip));
  }
}

export function removeTrees({ paths }: Jobs["remove"]["input"], cancel: CancelFlag): JobResult<"remove"> {
  let freedBytes = 0;
  for (const place of paths) {
    try {
      freedBytes += removeTree(place, cancel);
    } catch (error) {
      throw asDiskFailure(error, path.dirname(place));
    }
  }
  return { output: freedBytes };
}

/** Removes links as links. Gives the bytes of the files. */
function removeTree(place: string, cancel: CancelFlag): number {
  cancel.throwIfRaised();
  const stats = fs.lstatSync(place);
  if (!stats.isDirectory()) {
    fs.unlinkSync(place);
    return stats.size;
  }
  const bytes = fs.readdirSync(place).reduce((sum, name) => sum + removeTree(path.join(place, name), cancel), 0);
  fs.rmdirSync(place);
  return bytes;
}
