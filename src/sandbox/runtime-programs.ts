import path from "node:path";
import type { RuntimeProgram } from "./driver.ts";

const runtimes = path.resolve(import.meta.dirname, "../../runtimes");

/** Folders of `runtimes/`. */
export type RuntimeName = "node" | "python" | "service" | "custom";

/** What the platform can start in a sandbox, by the name of its folder in `runtimes/`. */
export const runtimePrograms: Readonly<Record<RuntimeName, RuntimeProgram>> = {
  node: { name: "node", command: [process.execPath, path.join(runtimes, "node/main.js")] },
  // The first python3 in PATH, without the packages of the host: a function is the same wherever it runs.
  python: { name: "python", command: ["python3", "-I", "-S", path.join(runtimes, "python/main.py")] },
  service: { name: "service", command: [process.execPath, path.join(runtimes, "service/main.js")] },
  custom: { name: "custom", command: [process.execPath, path.join(runtimes, "custom/main.js")] },
};
