import { execFile } from "node:child_process";
import { existsSync } from "node:fs";
import fs from "node:fs/promises";
import os from "node:os";
import path from "node:path";
import { promisify } from "node:util";

const run = promisify(execFile);

/**
 * Packages of PyPI as a person puts them beside the code, made with a virtual environment of the test's own and kept between
 * runs, in a folder by `name`. Gives the folder that has them.
 */
export async function installPackages(name: string, packages: readonly string[]): Promise<string> {
  const { stdout } = await run("python3", ["-c", "import sys; print('%d.%d' % sys.version_info[:2])"]);
  const folder = path.join(os.tmpdir(), `gust-test-${name}-${stdout.trim()}`);
  const site = path.join(folder, "site");
  const done = path.join(folder, packages.join(" "));
  if (existsSync(done)) return site;
  await fs.rm(folder, { recursive: true, force: true });
  await run("python3", ["-m", "venv", path.join(folder, "venv")]);
  const pip = ["install", "--quiet", "--disable-pip-version-check", "--target", site, ...packages];
  await run(path.join(folder, "venv/bin/pip"), pip, { maxBuffer: 1e8 });
  await fs.writeFile(done, "");
  return site;
}

/** The files of installed packages, to be put into a code package; compiled ones (`.so`, `.pyc`) are left out. */
export async function packageFiles(site: string): Promise<Record<string, string>> {
  const files: Record<string, string> = {};
  for (const entry of await fs.readdir(site, { recursive: true })) {
    if (entry.endsWith(".py")) files[entry] = await fs.readFile(path.join(site, entry), "utf8");
  }
  return files;
}
