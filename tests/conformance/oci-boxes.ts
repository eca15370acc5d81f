import path from "node:path";
import { createOciDriver } from "../../src/sandbox/index.ts";
import type { MakeDriver } from "./box-maker.ts";

/** Containers that see the suite's own programs. */
export const makeOciDriver: MakeDriver = async (options) =>
  createOciDriver({ ...options, programDirectories: [path.join(import.meta.dirname, "fixtures")] });
