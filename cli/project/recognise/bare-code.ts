/**
 * Source with comments and texts blanked, so that patterns meet code only. Texts that look like the name of a module
 * stay, for `require("express")`. Lengths do not change.
 */
export function bareCode(source: string): string {
  const scanner = new Scanner(source);
  return scanner.run();
}

const moduleName = /^[@\w./:-]+$/;
/** After these a slash begins a regular expression and does not divide. */
const beforeRegularExpression =
  /(?:^|[(,=:[!&|?{};\n+\-*%<>~^]|\b(?:return|typeof|case|in|of|do|else|yield|await))\s*$/;

class Scanner {
  readonly #source: string;
  #at = 0;
  #bare = "";

  constructor(source: string) {
    this.#source = source;
  }

  run(): string {
    while (this.#at < this.#source.length) this.#step();
    return this.#bare;
  }

  #step(): void {
    const two = this.#source.slice(this.#at, this.#at + 2);
    const one = two.charAt(0);
    if (two === "//" || (two === "#!" && this.#at === 0)) return this.#blank(this.#endOf("\n"));
    if (two === "/*") return this.#blank(this.#endOf("*/"));
    if (one === '"' || one === "'") return this.#text(one);
    if (one === "`") return this.#blank(this.#endOfTemplate(this.#at + 1));
    if (one === "/" && beforeRegularExpression.test(this.#bare.slice(-40))) {
      const end = this.#endOfRegularExpression();
      if (end !== null) return this.#blank(end);
    }
    this.#bare += one;
    this.#at++;
  }

  #blank(end: number): void {
    this.#bare += this.#source.slice(this.#at, end).replaceAll(/[^\n]/g, " ");
    this.#at = end;
  }

  #endOf(mark: string): number {
    const found = this.#source.indexOf(mark, this.#at + 2);
    return found < 0 ? this.#source.length : found + (mark === "\n" ? 0 : mark.length);
  }

  #text(quote: string): void {
    let end = this.#at + 1;
    while (end < this.#source.length && this.#source[end] !== quote && this.#source[end] !== "\n") {
      end += this.#source[end] === "\\" ? 2 : 1;
    }
    const content = this.#source.slice(this.#at + 1, end);
    if (!moduleName.test(content)) return this.#blank(Math.min(end + 1, this.#source.length));
    this.#bare += quote + content + quote;
    this.#at = end + 1;
  }

  /** End of a template literal, those inside its placeholders included. */
  #endOfTemplate(start: number): number {
    let at = start;
    let depth = 0;
    for (; at < this.#source.length; at++) {
      const char = this.#source[at];
      if (char === "\\") at++;
      else if (depth === 0 && char === "`") return at + 1;
      else if (depth === 0 && char === "$" && this.#source[at + 1] === "{") [depth, at] = [1, at + 1];
      else if (depth > 0 && char === "`") at = this.#endOfTemplate(at + 1) - 1;
      else if (depth > 0 && char === "{") depth++;
      else if (depth > 0 && char === "}") depth--;
    }
    return at;
  }

  #endOfRegularExpression(): number | null {
    let inClass = false;
    for (let at = this.#at + 1; at < this.#source.length; at++) {
      const char = this.#source[at];
      if (char === "\n") return null;
      if (char === "\\") at++;
      else if (char === "[") inClass = true;
      else if (char === "]") inClass = false;
      else if (char === "/" && !inClass) return at + 1;
    }
    return null;
  }
}
