import { fileURLToPath } from "node:url";
import { packageTests } from "../../../tests/conformance/package-tests.ts";

const repository = fileURLToPath(new URL("../../../", import.meta.url));

const nodeRuntime = [process.execPath, fileURLToPath(new URL("../main.js", import.meta.url))];

/** Packages of this repository can be required. */
export const { withPackage, initFailure } = packageTests(() => nodeRuntime, { NODE_PATH: `${repository}node_modules` });
