import { nat } from "fast-check";

const surrogates = { first: 0xd800, count: 0x800 };

/**
 * Any character of Unicode, for `string({ unit: anyCharacter })`. The same as fast-check's unit "binary", which makes a table
 * of them all, in 2 s of processor time, to find its own dangerous strings again; this one calculates.
 */
export const anyCharacter = nat(0x10_ffff - surrogates.count).map(
  (index) => String.fromCodePoint(index < surrogates.first ? index : index + surrogates.count),
  (text) => {
    const point = typeof text === "string" ? text.codePointAt(0) : undefined;
    if (point === undefined || text !== String.fromCodePoint(point) || !text.isWellFormed())
      throw new Error("not one character");
    return point < surrogates.first ? point : point - surrogates.count;
  },
);
