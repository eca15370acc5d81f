import { existsSync } from "node:fs";
import path from "node:path";
import type { ProjectFunction } from "../project/project.ts";
import { readPackageFile } from "../project/start-script.ts";

const namesShown = 5;

/**
 * What a person should know of a function whose package.json names packages that its node_modules does not have: one was added
 * after the installation, or the installation is not over. A function with layers may have them from there.
 */
export async function missingPackages({ name, code, configuration }: ProjectFunction): Promise<string[]> {
  const folder = path.join(code.path, "node_modules");
  if (configuration.Layers !== undefined || !existsSync(folder)) return [];
  const wanted = Object.keys((await readPackageFile(code.path))?.dependencies ?? {});
  const missing = wanted.filter((dependency) => !existsSync(path.join(folder, dependency)));
  if (missing.length === 0) return [];
  const names = missing.slice(0, namesShown).join(", ") + (missing.length > namesShown ? ", …" : "");
  const place = path.relative(process.cwd(), code.path) || ".";
  return [
    `node_modules of ${name} is taken as it is, and lacks ${names} of its package.json: ` +
      `npm install --omit=dev in ${place}, or gust deploy --install-dependency`,
  ];
}
