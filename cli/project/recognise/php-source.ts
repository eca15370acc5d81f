/** What a PHP file can be as a handler, and why. */
export interface PhpHandler {
  readonly kind: "event" | "http";
  /** The second half of the handler: a function, or `php`, which names the file itself. */
  readonly name: string;
  /** Goes on after the name of the file. */
  readonly because: string;
}

/** Finds what a PHP file is from its text, or null when it is no PHP. `main_handler` makes an event function; any other script answers requests. */
export function findPhpHandler(source: string): PhpHandler | null {
  if (!/<\?(?:php\b|=)/i.test(source)) return null;
  if (/(?:^|<\?php\b)[ \t]*function\s+main_handler\s*\(/im.test(barePhp(source))) {
    return { kind: "event", name: "main_handler", because: "has main_handler" };
  }
  return { kind: "http", name: "php", because: "is a script that requests can run" };
}

/** Source with comments and texts blanked, so that patterns meet code only; lines stay where they are. */
function barePhp(source: string): string {
  const text = /\/\/[^\n]*|#(?!\[)[^\n]*|\/\*[^]*?(?:\*\/|$)|"(?:\\[^]|[^"\\])*"?|'(?:\\[^]|[^'\\])*'?/g;
  return source.replaceAll(text, (found) => found.replaceAll(/[^\n]/g, " "));
}
