/** What one language's `Runtime` names mean, and what serves them. */
interface RuntimeFamily {
  readonly language: string;
  /** As a sentence calls it. */
  readonly title: string;
  /** A name of this family; its first group is the version that is asked for, if the family has versions. */
  readonly pattern: RegExp;
  /** The names, for a person who gave another one. */
  readonly names: readonly string[];
  /** Version lines that there are programs for, oldest first; each is the program's name after `program`. */
  readonly lines: readonly [string, ...string[]];
  /** Name of the program in `sandbox/runtime-programs.ts`, without the line; `custom` runs functions that are programs of their own. */
  readonly program: string;
  /** How many parts of a version make a line: Node.js 18.15 and 18.20 are one, Python 3.10 and 3.11 are two. */
  readonly linePrecision: number;
  /** Endings of the file that a handler is in. */
  readonly endings: readonly string[];
}

/** Every language of the API, a line each. A further one is a line here, and a program in `sandbox/runtime-programs.ts` for each of its lines. */
const families = [
  {
    language: "node",
    title: "Node.js",
    pattern: /^Nodejs(\d{1,2}(?:\.\d{1,2})?)(?:-service)?$/,
    names: ["Nodejs<version>", "Nodejs<version>-service"],
    lines: ["18", "20", "22", "24", "26"],
    program: "node",
    linePrecision: 1,
    endings: [".js", ".cjs", ".mjs", ".ts", ".mts", ".cts"],
  },
  {
    language: "python",
    title: "Python",
    pattern: /^Python(3\.\d{1,2})$/,
    names: ["Python3.<version>"],
    lines: ["3"],
    program: "python",
    linePrecision: 2,
    endings: [".py"],
  },
  {
    language: "php",
    title: "PHP",
    pattern: /^Php([578](?:\.\d{1,2})?)$/,
    names: ["Php<version>"],
    lines: ["8"],
    program: "php",
    linePrecision: 2,
    endings: [".php"],
  },
  {
    language: "java",
    title: "Java",
    pattern: /^Java(8|11|17|21)$/,
    names: ["Java8", "Java11", "Java17", "Java21"],
    lines: [""],
    program: "java",
    linePrecision: 1,
    endings: [".class", ".jar"],
  },
  {
    language: "go",
    title: "Go",
    pattern: /^Go1$/,
    names: ["Go1"],
    lines: [""],
    program: "custom",
    linePrecision: 0,
    endings: [],
  },
  {
    language: "custom",
    title: "CustomRuntime",
    pattern: /^CustomRuntime$/,
    names: ["CustomRuntime"],
    lines: [""],
    program: "custom",
    linePrecision: 0,
    endings: [],
  },
] as const satisfies readonly RuntimeFamily[];

/** Language of a `Runtime` of the API. */
type Language = (typeof families)[number]["language"];

/** What a `Runtime` name of the API means here. */
export interface Runtime {
  readonly name: string;
  readonly language: Language;
  /** The version that the name asks for, `12.16`; empty where it names none. */
  readonly asked: string;
  /** The version line that serves it, the nearest that is not older if there is one: `26`; empty where there are no lines. */
  readonly line: string;
  /** Name of the program that serves its handlers: `node26`, `python3`, `custom`. */
  readonly program: string;
  /** Endings of a file with a handler. */
  readonly endings: readonly string[];
  /** `Nodejs8.9-service` and its like: a server that the handler names. */
  readonly isService: boolean;
}

/** Null for a name that is none of the API, or whose language is not served here. */
export function findRuntime(name: string): Runtime | null {
  for (const { language, pattern, lines, program, endings } of families) {
    const match = pattern.exec(name);
    if (match === null) continue;
    const asked = match[1] ?? "";
    const line = lineFor(asked, lines);
    return { name, language, asked, line, program: program + line, endings, isService: name.endsWith("-service") };
  }
  return null;
}

/** As `findRuntime`, for a name that was checked when its function was created. */
export function runtimeOf(name: string): Runtime {
  const found = findRuntime(name);
  if (found === null) throw new Error(`a function has the unknown runtime ${JSON.stringify(name)}`);
  return found;
}

/** The names that there are, for the refusal of another. */
export const runtimeNames: readonly string[] = families.flatMap(({ names }) => names);

/**
 * What a function's owner should know of the interpreter: that another version runs than the one asked for; null when it is that one.
 * @param actual its full version, `26.10.0`
 */
export function runtimeSubstitution(name: string, actual: string): string | null {
  const { language, asked } = runtimeOf(name);
  const family = families.find((it) => it.language === language);
  if (family === undefined || asked === "") return null;
  const wanted = asked.split(".").slice(0, family.linePrecision).join(".");
  if (`${actual}.`.startsWith(`${wanted}.`)) return null;
  const why = ofHost[language] ?? "the nearest that this server has";
  return `${name} runs on ${family.title} ${actual}, ${why}`;
}

/** Interpreters that are whatever this host has. */
const ofHost: Partial<Record<Language, string>> = {
  python: "the python3 of this host",
  php: "the php of this host",
  java: "the JDK of this host",
};

function lineFor(asked: string, lines: RuntimeFamily["lines"]): string {
  const notOlder = lines.find((line) => compareVersions(line, asked) >= 0);
  return notOlder ?? lines.at(-1) ?? lines[0];
}

/** Compares as many parts as `line` has. */
function compareVersions(line: string, asked: string): number {
  const theirs = asked.split(".").map(Number);
  for (const [index, part] of line.split(".").map(Number).entries()) {
    const difference = part - (theirs[index] ?? 0);
    if (difference !== 0) return difference;
  }
  return 0;
}
