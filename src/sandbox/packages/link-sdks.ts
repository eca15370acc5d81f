import { symlink } from "node:fs/promises";
import path from "node:path";
import { hasCode } from "../process/host-processes.ts";
import { importableFolder, sdkPackageNames } from "./sdk-packages.ts";

/**
 * Makes a folder `node_modules` beside everything in `directory` lead to the built-in packages, where Node.js looks last, for `require` and `import`
 * alike, without a cost for functions that load none. It leads nowhere until they are installed.
 */
export async function linkSdks(directory: string, packagesDirectory: string): Promise<void> {
  const target = path.join(packagesDirectory, sdkPackageNames.node, importableFolder);
  await symlink(target, path.join(directory, "node_modules")).catch((error: unknown) => {
    if (!hasCode(error, "EEXIST")) throw error;
  });
}
