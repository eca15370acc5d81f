import { stripTypeScriptTypes } from "node:module";
import { bareCode } from "./bare-code.ts";

/** What an exported value can serve as. `web`: takes a Request; `node`: takes `(req, res)`; `event`: takes an event. */
type ExportKind = "event" | "web" | "node" | "unknown";

/** What a module exports, read without running it. */
export interface SourceExports {
  readonly kinds: ReadonlyMap<string, ExportKind>;
  /** It calls `.listen(…)`, so it is a server of its own. */
  readonly listens: boolean;
}

/** Reads the exports of a JavaScript or TypeScript module from its text. */
export function readExports(source: string, isTypeScript: boolean): SourceExports {
  const code = bareCode(isTypeScript ? withoutTypes(source) : source);
  const kinds = new Map<string, ExportKind>();
  const reader = new ExpressionReader(code);
  for (const { name, at } of exportedPlaces(code)) {
    if (!kinds.has(name)) kinds.set(name, reader.kindAt(at));
  }
  for (const { name, local } of exportedNames(code)) {
    if (!kinds.has(name)) kinds.set(name, reader.kindOfName(local));
  }
  for (const at of wholeExports(code)) addMembers(code, at, reader, kinds);
  return { kinds, listens: /\.\s*listen\s*\(/.test(code) || /\bserve\s*\(\s*\{/.test(code) };
}

function withoutTypes(source: string): string {
  try {
    return stripTypeScriptTypes(source, { mode: "strip" });
  } catch {
    return source; // not valid yet: the text may still tell enough
  }
}

interface Place {
  readonly name: string;
  /** Where the exported expression begins. */
  readonly at: number;
}

/** `exports.x = …`, `export const x = …`, `export function x…`, `export default …` */
function* exportedPlaces(code: string): Generator<Place> {
  for (const match of code.matchAll(/(?<![.\w])(?:module\s*\.\s*)?exports\s*\.\s*(\w+)\s*=(?!=)\s*/g)) {
    yield { name: match[1] ?? "", at: match.index + match[0].length };
  }
  for (const match of code.matchAll(/\bexport\s+(?:const|let|var)\s+(\w+)\s*=(?!=)\s*/g)) {
    yield { name: match[1] ?? "", at: match.index + match[0].length };
  }
  for (const match of code.matchAll(/\bexport\s+(?=(?:async\s+)?function\b[\s*]*(\w+))/g)) {
    yield { name: match[1] ?? "", at: match.index + match[0].length };
  }
  for (const match of code.matchAll(/\bexport\s+default\s+/g)) {
    yield { name: "default", at: match.index + match[0].length };
  }
}

/** `export { local as name }` of this module's own names. */
function* exportedNames(code: string): Generator<{ readonly name: string; readonly local: string }> {
  for (const list of code.matchAll(/\bexport\s*\{([^}]*)\}(?!\s*from)/g)) {
    for (const item of (list[1] ?? "").split(",")) {
      const [local, name] = item.trim().split(/\s+as\s+/);
      if (local !== undefined && local !== "") yield { local, name: name ?? local };
    }
  }
}

/** `module.exports = …` */
function wholeExports(code: string): number[] {
  const pattern = /(?:^|[^.\w])module\s*\.\s*exports\s*=(?!=)\s*(?:exports\s*=(?!=)\s*)?/g;
  return [...code.matchAll(pattern)].map((match) => match.index + match[0].length);
}

function addMembers(code: string, at: number, reader: ExpressionReader, kinds: Map<string, ExportKind>): void {
  if (!kinds.has("default")) kinds.set("default", reader.kindAt(at));
  if (code[at] !== "{") return;
  for (const [name, kind] of reader.members(at)) {
    if (!kinds.has(name)) kinds.set(name, kind);
  }
}

const maxDepth = 6;

class ExpressionReader {
  readonly #code: string;

  constructor(code: string) {
    this.#code = code;
  }

  kindAt(at: number, depth = 0): ExportKind {
    const rest = this.#code.slice(at);
    if (rest.startsWith("{"))
      return [...this.members(at, depth)].some(([name]) => name === "fetch") ? "web" : "unknown";
    const called = kindOfCall(rest) ?? this.#kindOfFramework(rest);
    if (called !== null) return called;
    const parameters = parametersOf(rest);
    if (parameters !== null) return kindOfFunction(parameters, rest);
    const name = /^(\w+)\s*(?=[;,)\n}]|$|satisfies\b|as\b)/.exec(rest)?.[1];
    return name === undefined ? "unknown" : this.kindOfName(name, depth + 1);
  }

  kindOfName(name: string, depth = 0): ExportKind {
    if (depth > maxDepth) return "unknown";
    const declared = new RegExp(`\\b(?:const|let|var)\\s+${name}\\s*=(?!=)\\s*`).exec(this.#code);
    if (declared !== null) return this.kindAt(declared.index + declared[0].length, depth);
    const written = new RegExp(`\\b(?:async\\s+)?function\\s*\\*?\\s*${name}\\s*\\(`).exec(this.#code);
    return written === null ? "unknown" : this.kindAt(written.index, depth);
  }

  /** An application made by what was imported from a framework, under whatever name. */
  #kindOfFramework(rest: string): ExportKind | null {
    const maker = /^(?:new\s+)?(\w+)\s*\(/.exec(rest)?.[1];
    if (maker === undefined) return null;
    const imported = new RegExp(
      `\\bimport\\s+${maker}\\s+from\\s*["']([^"']+)["']|\\b${maker}\\s*=\\s*require\\(\\s*["']([^"']+)["']\\s*\\)`,
    ).exec(this.#code);
    return frameworks.get(imported?.[1] ?? imported?.[2] ?? "") ?? null;
  }

  /** Members of the object literal that begins at `at`: only its own, not those of objects inside it. */
  *members(at: number, depth = 0): Generator<[string, ExportKind]> {
    if (depth > maxDepth) return;
    let level = 0;
    let isStart = false;
    for (let index = at; index < this.#code.length; index++) {
      const char = this.#code.charAt(index);
      if (level === 1 && isStart && !/[\s,]/.test(char)) {
        isStart = false;
        const member = this.#memberAt(index, depth);
        if (member !== null) yield member;
      }
      if (/[{([]/.test(char)) level++;
      if (/[})\]]/.test(char)) level--;
      if (level === 0) return;
      if (level === 1 && (char === "," || index === at)) isStart = true;
    }
  }

  #memberAt(index: number, depth: number): [string, ExportKind] | null {
    const match = /^(?:async\s+)?\*?\s*["']?(\w+)["']?\s*([:(,}\n])/.exec(this.#code.slice(index, index + 200));
    const name = match?.[1];
    if (match === null || name === undefined) return null;
    if (match[2] === ":") {
      const value = index + match[0].length;
      return [name, this.kindAt(value + this.#code.slice(value).search(/\S|$/), depth + 1)];
    }
    if (match[2] !== "(") return [name, this.kindOfName(name, depth + 1)];
    const rest = `function ${this.#code.slice(index).replace(/^async\s+/, "")}`;
    return [name, kindOfFunction(parametersOf(rest) ?? [], rest)];
  }
}

const frameworks: ReadonlyMap<string, ExportKind> = new Map([
  ["express", "node"],
  ["connect", "node"],
  ["polka", "node"],
  ["koa", "node"],
]);

/** Frameworks whose applications are functions or have `fetch`. */
function kindOfCall(rest: string): ExportKind | null {
  if (/^(?:express|require\(\s*["']express["']\s*\)|connect|polka)\s*\(/.test(rest)) return "node";
  if (/^new\s+(?:Koa|Application|\(?\s*require\(\s*["']koa["']\s*\)\s*\)?)\s*\(/.test(rest)) return "node";
  if (/^new\s+(?:Hono|Elysia|H3)\b/.test(rest)) return "web";
  return null;
}

/** Names of the parameters of the function that a text begins with, or null when it begins with none. */
function parametersOf(rest: string): string[] | null {
  const single = /^(?:async\s+)?(\w+)\s*=>/.exec(rest);
  if (single?.[1] !== undefined) return [single[1]];
  const list = /^(?:async\s+)?(?:function\b[\s*]*\w*\s*)?\(([^)]*)\)/.exec(rest);
  if (list === null) return null;
  const isFunction = /^(?:async\s+)?function\b/.test(rest) || /^\s*=>/.test(rest.slice(list[0].length));
  if (!isFunction) return null;
  return (list[1] ?? "")
    .split(",")
    .map((parameter) => parameter.trim())
    .filter((parameter) => parameter !== "");
}

function kindOfFunction(parameters: readonly string[], text: string): ExportKind {
  const [first = "", second = ""] = parameters;
  if (/^_?res(?:p|ponse)?\b/i.test(second)) return "node";
  if (/^_?req(?:uest)?\b/i.test(first)) return "web";
  if (/^_?(?:event|evt)\b/i.test(first) || /^_?(?:context|ctx)\b/i.test(second)) return "event";
  if (
    parameters.length === 0 &&
    /^[^;]{0,400}\b(?:new\s+Response\s*\(|Response\s*\.\s*(?:json|redirect)\s*\()/s.test(text)
  )
    return "web";
  return "unknown";
}
