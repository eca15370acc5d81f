import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { nameInstallation } from "./installation-names.ts";

describe("the names of an installation", () => {
  it("fit into an interface's 15 characters with a box's number behind", () => {
    const { interfacePrefix } = nameInstallation("ffffffffffff");
    assert.equal(interfacePrefix, "gffffffff-");
    assert.ok(`${interfacePrefix}${(2 ** 20 - 1).toString(16)}`.length <= 15); // the largest range is a /12
  });

  it("keep the groups apart from each other, from everybody's, and within what the kernel takes", () => {
    for (const id of ["00000000", "00000001", "80000000", "ffffffff"]) {
      const { openGroup, cutGroup, routeMetric } = nameInstallation(id);
      assert.ok(openGroup > 0 && cutGroup !== openGroup && cutGroup < 2 ** 31, id);
      assert.ok(routeMetric > 0);
    }
  });
});
