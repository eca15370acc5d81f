import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { parseResolvers } from "./resolvers.ts";

describe("the host's nameservers", () => {
  it("are its first three of IPv4", () => {
    const file = `# made by hand
domain office.example
nameserver fe80::1%eth0
nameserver 10.0.0.53
 nameserver\t10.0.0.54 # second
;nameserver 10.0.0.1
nameserver nonsense
nameserver 10.0.0.55
nameserver 10.0.0.56
`;
    assert.deepEqual(parseResolvers(file), ["10.0.0.53", "10.0.0.54", "10.0.0.55"]);
    assert.deepEqual(parseResolvers(""), []);
  });
});
