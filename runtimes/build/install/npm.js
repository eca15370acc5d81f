// @ts-check
import { existsSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import { runInstaller } from "./run-installer.js";

const lockFiles = ["package-lock.json", "npm-shrinkwrap.json"];

/**
 * `npm ci` where the package has a lock file, else `npm install`; both without what is for development alone.
 * @param {string} directory @param {import("../build-runtime.js").BuildContext} context
 * @param {import("./install.js").InstallRequest} request
 * @returns {Promise<import("./install.js").InstallOutcome>}
 */
export async function installWithNpm(directory, { tools, output }, { npmRegistry }) {
  if (!existsSync(path.join(directory, "package.json"))) {
    return { kind: "nothing", reason: "there is no package.json in the package, so nothing was installed" };
  }
  const hasLock = lockFiles.some((name) => existsSync(path.join(directory, name)));
  const command = hasLock ? ["ci"] : ["install", "--no-package-lock"];
  const options = ["--omit=dev", "--no-audit", "--no-fund", "--no-update-notifier", "--loglevel=http"];
  const ended = await runInstaller(process.execPath, [tools.npmProgram, ...command, ...options], {
    directory,
    environment: environment(npmRegistry),
    output,
  });
  const name = `npm ${command[0]}`;
  if (ended.code === 0) return { kind: "installed", note: `${name} --omit=dev` };
  return { kind: "failed", reason: `${name} failed (${ended.how}):\n${withoutRequests(ended.last)}` };
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

/** @param {string} output */
function withoutRequests(output) {
  const lines = output.split("\n");
  return lines.filter((line) => !/^npm http |A complete log of this run/.test(line)).join("\n");
}
