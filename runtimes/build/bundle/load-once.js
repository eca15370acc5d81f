// @ts-check
import { writeSync } from "node:fs";
import module, { createRequire } from "node:module";
import { pathToFileURL } from "node:url";

/** Loads a file once, as `runtimes/node` does, says on descriptor 3 what it exports or why it does not load, and ends. */
const [file = "", cache = ""] = process.argv.slice(2);
const answerDescriptor = 3;
/** As check-bundle.js has it. */
const failureMark = "a throw of ";

if (cache !== "") module.enableCompileCache({ directory: cache, portable: true });
writeSync(answerDescriptor, await describe());
if (cache !== "") module.flushCompileCache();
process.exit(0);

async function describe() {
  try {
    const exports = await loadModule();
    const names =
      exports !== null && (typeof exports === "object" || typeof exports === "function") ? Object.keys(exports) : [];
    return `${typeof exports} with ${names.sort().join(", ")}`;
  } catch (error) {
    const reason = error instanceof Error ? `${error.name}: ${error.message.split("\n", 1)[0]}` : typeof error;
    return `${failureMark}${reason}`;
  }
}

async function loadModule() {
  try {
    return createRequire(file)(file);
  } catch (error) {
    const code = error instanceof Error && "code" in error ? error.code : null;
    if (code !== "ERR_REQUIRE_ESM" && code !== "ERR_REQUIRE_ASYNC_MODULE") throw error;
  }
  return import(pathToFileURL(file).href);
}
