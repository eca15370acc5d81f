import { mkdtemp, rm } from "node:fs/promises";
import os from "node:os";
import path from "node:path";
import { describe, it } from "node:test";
import { PlatformError } from "../../src/core/index.ts";
import { withoutContainers } from "../containers.ts";
import { keepingLogger } from "./box-maker.ts";
import { freezingCases } from "./frozen-functions.suite.ts";
import { nodeFunctionCases } from "./node-functions.suite.ts";
import { fenceCases } from "./oci-fences.suite.ts";
import { bootCases } from "./oci-boots.suite.ts";
import { boundCases } from "./oci-bounds.suite.ts";
import { makeOciDriver } from "./oci-boxes.ts";
import { driverConformance } from "./sandbox-driver.suite.ts";

const missing = await whatIsMissing();
if (missing === null) {
  driverConformance("oci", makeOciDriver, path.join(import.meta.dirname, "oci-owner.ts"));
  nodeFunctionCases("oci", makeOciDriver);
  fenceCases(makeOciDriver);
  boundCases(makeOciDriver);
  freezingCases(makeOciDriver);
  bootCases();
} else {
  describe("the oci driver", () => void it("is not tried", { skip: missing }, () => undefined));
}

/** Why this host runs no containers; null when it does. */
async function whatIsMissing(): Promise<string | null> {
  if (withoutContainers !== false) return withoutContainers;
  const runDirectory = await mkdtemp(path.join(os.tmpdir(), "gust-conformance-"));
  try {
    await using driver = await makeOciDriver({ runDirectory, logger: keepingLogger([]) });
    return driver.capabilities().driver === "oci" ? null : "another driver was made";
  } catch (error) {
    if (error instanceof PlatformError) return error.message;
    throw error;
  } finally {
    await rm(runDirectory, { recursive: true, force: true });
  }
}
