// @ts-check
import { existsSync, readFileSync } from "node:fs";
import path from "node:path";

/** Whether Node.js takes a file for an ES module by what is said about it, without a look into it. @param {string} file */
export function isModuleFile(file) {
  const ending = path.extname(file);
  if (ending === ".mjs" || ending === ".mts") return true;
  return (ending === ".js" || ending === ".ts") && typeOf(file) === "module";
}

/** `type` of the package.json that counts for a file. @param {string} file @returns {string | undefined} */
function typeOf(file) {
  for (let directory = path.dirname(file); ; directory = path.dirname(directory)) {
    const description = path.join(directory, "package.json");
    if (existsSync(description)) return JSON.parse(readFileSync(description, "utf8")).type;
    if (directory === path.dirname(directory)) return undefined;
  }
}
