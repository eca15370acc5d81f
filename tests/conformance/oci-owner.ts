import { makeOciDriver } from "./oci-boxes.ts";
import { ownBoxes } from "./sandbox-driver.suite.ts";

await ownBoxes(makeOciDriver);
