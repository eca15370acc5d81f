import { execFile } from "node:child_process";
import fs from "node:fs/promises";
import path from "node:path";
import { promisify } from "node:util";
import { keptDirectory } from "../kept-directory.ts";

const run = promisify(execFile);

/**
 * The Python of a virtual environment with exactly the packages of a file of requirements. Kept between runs, because
 * installing them may take a minute; other versions, or another Python, are another environment.
 */
export async function pythonEnvironment(name: string, requirementsFile: string): Promise<string> {
  const { stdout: version } = await run("python3", ["-c", "import sys; print(sys.executable, sys.version)"]);
  const directory = await keptDirectory({
    name,
    content: `${version}${await fs.readFile(requirementsFile, "utf8")}`,
    async make(venv) {
      await run("python3", ["-m", "venv", venv]);
      const options = ["--quiet", "--disable-pip-version-check", "--no-deps", "--no-compile"];
      await run(path.join(venv, "bin/python3"), ["-m", "pip", "install", ...options, "-r", requirementsFile], {
        maxBuffer: 1e8,
      });
    },
  });
  return path.join(directory, "bin/python3");
}
