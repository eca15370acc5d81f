import { describe, it } from "node:test";
import { openDriver } from "../../src/sandbox/index.ts";
import { withoutContainers } from "../containers.ts";
import { securityCases } from "./security.suite.ts";

if (withoutContainers === false) securityCases("oci", async (options) => openDriver("oci", options));
else
  describe("a function in a container", () => void it("is not attacked", { skip: withoutContainers }, () => undefined));
