import { BlockList, isIP } from "node:net";

/** Addresses and ranges (`10.0.0.0/8`), separated by line breaks, commas, semicolons or spaces; null: one of them is none. */
export function readRanges(text: string): readonly string[] | null {
  const ranges = text.split(/[\s,;]+/).filter((part) => part !== "");
  return ranges.every(isRange) ? [...new Set(ranges)] : null;
}

function isRange(text: string): boolean {
  const [address = "", bits, more] = text.split("/");
  const family = isIP(address);
  if (family === 0 || more !== undefined) return false;
  if (bits === undefined) return true;
  if (!/^\d{1,3}$/.test(bits) || Number(bits) > (family === 4 ? 32 : 128)) return false;
  new BlockList().addSubnet(address, Number(bits), family === 4 ? "ipv4" : "ipv6"); // as the listeners will
  return true;
}
