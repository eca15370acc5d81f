// @ts-check
import { Module } from "node:module";

/** What programs expect to find whatever a function's owner set. */
const needed = {
  PATH: "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
  LANG: "en_US.UTF8",
};
/** By these the platform finds processes that left the sandbox's process group. */
const marks = ["GUST_SANDBOX", "GUST_INSTALLATION"];

/**
 * The environment of user code: exactly what the platform says, what programs need, and the platform's marks.
 * @param {Readonly<Record<string, string>>} given
 * @param {Readonly<Record<string, string | undefined>>} own this process's
 * @returns {Record<string, string>}
 */
export function userEnvironment(given, own) {
  /** @type {Record<string, string>} */
  const environment = { PATH: own["PATH"] ?? needed.PATH, LANG: needed.LANG, ...given };
  for (const name of marks) {
    const value = own[name];
    if (value !== undefined) environment[name] = value;
  }
  return environment;
}

/** Makes the environment of this process the function's own. @param {import("../channel/channel.js").InitMessage} init */
export function enterEnvironment(init) {
  const environment = userEnvironment(init.environment, process.env);
  for (const name of Object.keys(process.env)) {
    if (!(name in environment)) delete process.env[name];
  }
  for (const [name, value] of Object.entries(environment)) {
    if (process.env[name] !== value) process.env[name] = value;
  }
  // Not documented, and the only way to have NODE_PATH read again; there in every Node from 0.6 to 26.
  const { _initPaths: readNodePath } = /** @type {{ _initPaths?: () => void }} */ (/** @type {unknown} */ (Module));
  if (environment["NODE_PATH"] !== undefined) readNodePath?.call(Module);
}
