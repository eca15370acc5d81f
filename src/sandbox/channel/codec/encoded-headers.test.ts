import assert from "node:assert/strict";
import { it } from "node:test";
import * as fc from "fast-check";
import { encodedHeaders } from "./encoded-headers.ts";
import { makeStringList, readStringList, stringListBytes, writeStringList } from "./string-list.ts";

const latin1 = fc.string({ unit: fc.integer({ min: 0, max: 255 }).map((code) => String.fromCharCode(code)) });

it("stands in a frame as its strings would, behind those of the call", () => {
  fc.assert(
    fc.property(fc.array(latin1), fc.array(latin1), (own, shared) => {
      const list = makeStringList(own);
      const encoded = encodedHeaders(shared);
      assert.ok(list !== null && encoded !== null);
      const buffer = Buffer.alloc(list.bytes + encoded.lengths.length + encoded.text.length);
      assert.equal(writeStringList(buffer, 0, list, encoded), buffer.length);
      assert.equal(stringListBytes(buffer, 0, buffer.length), buffer.length);
      assert.deepEqual(readStringList(buffer, 0, buffer.length), [...own, ...shared]);
      assert.equal(encodedHeaders(shared), encoded, "made once");
    }),
  );
});

it("has no encoding when a string is too long for the format", () => {
  assert.equal(encodedHeaders(["x".repeat(65_536)]), null);
});
