import { readFile } from "node:fs/promises";
import { openArtifacts } from "../open-artifacts.ts";
import { loggerOf, putStored, signal } from "./opened-artifacts.ts";

/**
 * A process for tests to kill: `interrupted.ts DIRECTORY ZIP` puts and unpacks a package. It does not close what it
 * opened, so it also shows that idle threads let a process end.
 */
const [directory = "", zip = ""] = process.argv.slice(2);
const artifacts = await openArtifacts({ directory, logger: loggerOf() });
const { sha256 } = await putStored(artifacts, await readFile(zip));
process.stdout.write(`${await artifacts.unpack(sha256, { signal })}\n`);
