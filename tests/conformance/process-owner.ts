import { createProcessDriver } from "../../src/sandbox/index.ts";
import { ownBoxes } from "./sandbox-driver.suite.ts";

await ownBoxes(createProcessDriver);
