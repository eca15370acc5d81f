/** Where the platform unpacks code. */
const codeRoot = /(?<=^|[\s('"`])(?:file:\/\/)?\/[^\s()'"`]*\/code\/[0-9a-f]{64}\//gm;

/** A text with the files of a function by their own names (`index.js:1:27`), as their author knows them. */
export function withOwnPaths(text: string): string {
  return text.replaceAll(codeRoot, "");
}
