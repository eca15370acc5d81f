import assert from "node:assert/strict";
import { it } from "node:test";
import { parseMounts } from "./parse-mounts.ts";

it("a mount's place is read as it is on the host: with blanks, tabs, backslashes and other letters", () => {
  const text = String.raw`36 35 98:0 / /run/a\040b\011c\134d\012函数 rw,noatime shared:1 - ext4 /dev/sda rw,discard`;
  assert.deepEqual(parseMounts(`${text}\n`), [{ place: "/run/a b\tc\\d\n函数", type: "ext4", options: ["discard"] }]);
});
