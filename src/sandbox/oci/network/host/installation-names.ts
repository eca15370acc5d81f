/** What the networks of one installation are called on the host. Two installations share nothing but the kernel. */
export interface InstallationNames {
  /** Every interface of ours starts so, e.g. `g1a2b3c4d-`; the rest is the box's number in hexadecimal. */
  readonly interfacePrefix: string;
  /** The one nft table, family `inet`. */
  readonly table: string;
  /** Group of interfaces that may reach the outside. */
  readonly openGroup: number;
  /** Group of interfaces that may not. */
  readonly cutGroup: number;
  /** Marks our route to the address range: a route has no name, and its metric decides nothing where it is the only one. */
  readonly routeMetric: number;
}

export function nameInstallation(installation: string): InstallationNames {
  // An interface's name has at most 15 characters: `g`, 8 digits, `-`, and 5 for the box.
  const label = /^[0-9a-f]{8}/.exec(installation)?.[0];
  if (label === undefined)
    throw new Error(`An installation's id starts with 8 hexadecimal digits, unlike "${installation}"`);
  const number = Number.parseInt(label, 16);
  const openGroup = number & 0x7f_ff_ff_fe || 2; // 0 is the group of all other interfaces
  return {
    interfacePrefix: `g${label}-`,
    table: `gust_${label}`,
    openGroup,
    cutGroup: openGroup + 1,
    routeMetric: number || 1,
  };
}
