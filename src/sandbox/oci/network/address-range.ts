/** A block of IPv4 addresses, `base` with its host bits zero. */
export interface AddressRange {
  readonly base: number;
  readonly prefix: number;
}

/** Reads `10.1.0.0/16`, or an address alone. Null: it is neither. */
export function parseRange(text: string): AddressRange | null {
  const match = /^(\d{1,3})\.(\d{1,3})\.(\d{1,3})\.(\d{1,3})(?:\/(\d{1,2}))?$/.exec(text);
  if (match === null) return null;
  const bytes = match.slice(1, 5).map(Number);
  const prefix = match[5] === undefined ? 32 : Number(match[5]);
  if (prefix > 32 || bytes.some((byte) => byte > 255)) return null;
  const address = bytes.reduce((number, byte) => number * 256 + byte, 0);
  return { base: address - (address % 2 ** (32 - prefix)), prefix };
}

export function formatRange({ base, prefix }: AddressRange): string {
  return `${formatAddress(base)}/${prefix}`;
}

export function formatAddress(address: number): string {
  return [24, 16, 8, 0].map((shift) => (address >>> shift) & 0xff).join(".");
}

export function rangeSize({ prefix }: AddressRange): number {
  return 2 ** (32 - prefix);
}

export function rangesOverlap(one: AddressRange, other: AddressRange): boolean {
  return one.base < other.base + rangeSize(other) && other.base < one.base + rangeSize(one);
}

/** The addresses at the start of a range that are the platform's own; boxes come behind them. */
export const gatewayOffset = 1;

export function gatewayAddress({ base }: AddressRange): string {
  return formatAddress(base + gatewayOffset);
}

/** Nameservers are reached at the gateway's address and the two behind it. */
export const maxResolvers = 3;
/** The door to the platform's API. */
export const apiOffset = 4;
/** Boxes come behind, with a little room between. */
export const firstBoxOffset = 8;
