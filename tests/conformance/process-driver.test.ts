import path from "node:path";
import { createProcessDriver } from "../../src/sandbox/index.ts";
import { nodeFunctionCases } from "./node-functions.suite.ts";
import { driverConformance } from "./sandbox-driver.suite.ts";

driverConformance("process", createProcessDriver, path.join(import.meta.dirname, "process-owner.ts"));
nodeFunctionCases("process", createProcessDriver);
