// @ts-check
import { spawnSync } from "node:child_process";
import { existsSync, readdirSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import { runInstaller } from "./run-installer.js";

const python = "python3";
const certificates = "/etc/ssl/certs/ca-certificates.crt";
/** Where Debian keeps pip for virtual environments; the file runs as it is. */
const wheelDirectories = ["/usr/share/python-wheels"];

/**
 * `pip install -r requirements.txt` into the package itself.
 * @param {string} directory @param {import("../build-runtime.js").BuildContext} context
 * @param {import("./install.js").InstallRequest} request
 * @returns {Promise<import("./install.js").InstallOutcome>}
 */
export async function installWithPip(directory, { output }, { pipIndexUrl }) {
  if (!existsSync(path.join(directory, "requirements.txt"))) {
    return { kind: "nothing", reason: "there is no requirements.txt in the package, so nothing was installed" };
  }
  const pip = findPip();
  if (pip === null) {
    const reason =
      "this host has no pip for its python3; install it (Debian: apt-get install python3-pip) and try again";
    return { kind: "failed", reason };
  }
  const options = ["--requirement", "requirements.txt", "--target", ".", "--no-compile", "--progress-bar", "off"];
  const ended = await runInstaller(python, [...pip, "install", ...options], {
    directory,
    environment: environment(pipIndexUrl),
    output,
  });
  if (ended.code === 0) return { kind: "installed", note: "pip install -r requirements.txt" };
  return { kind: "failed", reason: `pip install failed (${ended.how}):\n${ended.last}` };
}

/** Arguments that make python3 run pip. */
function findPip() {
  const { status } = spawnSync(python, ["-m", "pip", "--version"], { stdio: "ignore" });
  if (status === 0) return ["-m", "pip"];
  for (const directory of wheelDirectories) {
    const wheel = existsSync(directory) ? readdirSync(directory).find((name) => /^pip-.*\.whl$/.test(name)) : undefined;
    if (wheel !== undefined) return [path.join(directory, wheel, "pip")];
  }
  return null;
}

/** Nothing of the host's configuration. @param {string | undefined} indexUrl */
function environment(indexUrl) {
  return {
    PIP_CONFIG_FILE: os.devNull,
    ...(indexUrl === undefined ? {} : { PIP_INDEX_URL: indexUrl }),
    PIP_CACHE_DIR: path.join(os.tmpdir(), "pip-cache"),
    PIP_DISABLE_PIP_VERSION_CHECK: "1",
    PIP_NO_INPUT: "1",
    PIP_ROOT_USER_ACTION: "ignore",
    PYTHONNOUSERSITE: "1",
    ...(existsSync(certificates) ? { PIP_CERT: certificates } : {}),
  };
}
