export interface Mount {
  readonly place: string;
  readonly type: string;
  readonly options: readonly string[];
}

/** The mounts of `/proc/self/mountinfo`, in its order. */
export function parseMounts(mountinfo: string): Mount[] {
  return mountinfo.split("\n").flatMap((line) => parseMount(line) ?? []);
}

/** `36 35 98:0 /root /place rw,noatime shared:1 - type source options` */
function parseMount(line: string): Mount | null {
  const [fields, rest] = line.split(" - ");
  const place = fields?.split(" ")[4];
  const [type, , options] = rest?.split(" ") ?? [];
  if (place === undefined || type === undefined) return null;
  return { place: unescape(place), type, options: (options ?? "").split(",").filter((name) => name !== "rw") };
}

/** Blanks and the like are written as three octal digits, a byte each. */
function unescape(text: string): string {
  return text.replaceAll(/\\(\d{3})/g, (_, digits: string) => String.fromCharCode(Number.parseInt(digits, 8)));
}
