/**
 * A path with the characters that need no percent sign decoded, so that `/adm%69n` is `/admin` for whoever looks at it. Null: no path that may
 * be handed on, as it leads upwards (`..`, however it is written) or holds what URLs turn into something else (`\`, spaces, control characters).
 */
export function plainPath(sent: string): string | null {
  if (/[\0-\x20\x7f\\]/.test(sent)) return null;
  const plain = sent.includes("%") ? sent.replace(/%[0-9a-f]{2}/gi, unreserved) : sent;
  return leadsUpwards(plain) ? null : plain;
}

/** Whether a path has a segment `.` or `..` for anybody who may read it. */
export function leadsUpwards(path: string): boolean {
  return path.includes(".") && /(?:^|\/)\.{1,2}(?:\/|$)/.test(looseReading(path));
}

/**
 * The path as a lenient server may read it: encoded characters are themselves, slashes that follow one another are one, and what follows a `;` in a
 * segment is no part of it. Two readings that lead to two APIs would let one be called past the other's key.
 */
export function looseReading(path: string): string {
  return path
    .replace(/%[2-7][0-9a-f]/gi, printable)
    .replace(/\\/g, "/")
    .replace(/;[^/]*/g, "")
    .replace(/\/{2,}/g, "/");
}

function unreserved(escape: string): string {
  const character = characterOf(escape);
  return /[\w.~-]/.test(character) ? character : escape;
}

function printable(escape: string): string {
  const character = characterOf(escape);
  return character === "%" ? escape : character;
}

function characterOf(escape: string): string {
  return String.fromCharCode(Number.parseInt(escape.slice(1), 16));
}
