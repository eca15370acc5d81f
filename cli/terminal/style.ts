import { stripVTControlCharacters } from "node:util";

/** Marks text for people; the plain set leaves it as it is. */
export interface Style {
  bold(text: string): string;
  dim(text: string): string;
  red(text: string): string;
  green(text: string): string;
  yellow(text: string): string;
  cyan(text: string): string;
}

/** Colours on a terminal only; `NO_COLOR` turns them off, `FORCE_COLOR` on. */
export function styleFor(stream: { readonly isTTY?: boolean }, environment: NodeJS.ProcessEnv): Style {
  const forced = (environment["FORCE_COLOR"] ?? "") !== "" && environment["FORCE_COLOR"] !== "0";
  const refused = (environment["NO_COLOR"] ?? "") !== "" || environment["TERM"] === "dumb";
  const colored = forced || (stream.isTTY === true && !refused);
  const mark = (open: number, close: number) => (text: string) =>
    colored && text !== "" ? `\x1b[${open}m${text}\x1b[${close}m` : text;
  return {
    bold: mark(1, 22),
    dim: mark(2, 22),
    red: mark(31, 39),
    green: mark(32, 39),
    yellow: mark(33, 39),
    cyan: mark(36, 39),
  };
}

const characters = new Intl.Segmenter();

/** Characters that a text takes on a terminal, marks left out. */
export function visibleLength(text: string): number {
  return Array.from(characters.segment(stripVTControlCharacters(text))).length;
}
