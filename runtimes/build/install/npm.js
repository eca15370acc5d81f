// @ts-check
import { existsSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import { runInstaller } from "./run-installer.js";

const lockFiles = ["package-lock.json", "npm-shrinkwrap.json"];

/**
 * `npm ci` where the package has a lock file, else `npm install`; both without what is for development alone. By the function's own Node.js, so that
 * whatever is chosen or compiled for a version of it is for the one that will load it: npm itself and what its packages run see no other.
 * @param {string} directory @param {import("../build-runtime.js").BuildContext} context
 * @param {import("./install.js").InstallRequest} request
 * @returns {Promise<import("./install.js").InstallOutcome>}
 */
export async function installWithNpm(directory, { tools, output }, { npmRegistry, interpreterDirectory }) {
  if (!existsSync(path.join(directory, "package.json"))) {
    return { kind: "nothing", reason: "there is no package.json in the package, so nothing was installed" };
  }
  const hasLock = lockFiles.some((name) => existsSync(path.join(directory, name)));
  const command = hasLock ? ["ci"] : ["install", "--no-package-lock"];
  const options = ["--omit=dev", "--no-audit", "--no-fund", "--no-update-notifier", "--loglevel=http"];
  const ended = await runInstaller(
    path.join(interpreterDirectory, "node"),
    [tools.npmProgram, ...command, ...options],
    {
      directory,
      environment: { ...environment(npmRegistry), PATH: `${interpreterDirectory}:${process.env["PATH"]}` },
      output,
    },
  );
  const name = `npm ${command[0]}`;
  if (ended.code === 0) return { kind: "installed", note: `${name} --omit=dev` };
  return { kind: "failed", reason: `${name} failed (${ended.how}):\n${withoutNoise(ended.last)}` };
}

/** Nothing of the host's configuration; the package's own .npmrc counts. @param {string | undefined} registry */
function environment(registry) {
  const own = /** @param {string} name */ (name) => path.join(os.tmpdir(), name);
  return {
    ...(registry === undefined ? {} : { npm_config_registry: registry }),
    npm_config_cache: own("npm-cache"),
    npm_config_userconfig: own("no-npmrc"),
    npm_config_globalconfig: own("no-global-npmrc"),
    NODE_USE_SYSTEM_CA: "1",
  };
}

/** What tells its owner nothing of a failure, that npm is newer than the Node.js among it (our tests install with this pair). @param {string} output */
function withoutNoise(output) {
  const lines = output.split("\n");
  return lines.filter((line) => !/^npm http |^npm warn cli |A complete log of this run/.test(line)).join("\n");
}
