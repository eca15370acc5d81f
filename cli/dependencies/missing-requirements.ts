import fs from "node:fs/promises";
import path from "node:path";
import { isMissing } from "../failure.ts";
import type { ProjectFunction } from "../project/project.ts";

const namesShown = 5;

/** What a person should know of a Python function whose requirements.txt names packages that its directory does not have. */
export async function missingRequirements(wanted: ProjectFunction): Promise<string[]> {
  const { name, runtime, code } = wanted;
  if (!runtime.startsWith("Python")) return [];
  const [text, present] = await Promise.all([
    readOr(null, fs.readFile(path.join(code.path, "requirements.txt"), "utf8")),
    readOr([], fs.readdir(code.path)),
  ]);
  if (text === null) return [];
  const installed = new Set(
    present.flatMap((entry) => /^(.+)-[^-]+\.dist-info$/.exec(entry)?.[1] ?? []).map(normalized),
  );
  const missing = requirementsOf(text).filter((requirement) => !installed.has(normalized(requirement)));
  if (missing.length === 0) return [];
  const names = missing.slice(0, namesShown).join(", ") + (missing.length > namesShown ? ", …" : "");
  return [
    `requirements.txt of ${name} is not installed when it is deployed, and ${names} ${missing.length === 1 ? "is" : "are"} not in its directory: ` +
      `pip install -r requirements.txt -t ${path.relative(process.cwd(), code.path) || "."}, or gust deploy --install-dependency`,
  ];
}

/** Names of packages; options, addresses and what is only for other systems are left out. */
function requirementsOf(text: string): string[] {
  const lines = text.split("\n").map((line) => line.replace(/(?:^|\s)#.*$/, "").trim());
  return lines.flatMap((line) =>
    line.includes(";") ? [] : (/^([A-Za-z0-9][\w.-]*)\s*(?:\[|[=<>!~]|$)/.exec(line)?.[1] ?? []),
  );
}

/** Names of packages are the same in any case, and with `-`, `_` or `.`. */
function normalized(name: string): string {
  return name.toLowerCase().replaceAll(/[-_.]+/g, "-");
}

function readOr<Value, Other>(other: Other, reading: Promise<Value>): Promise<Value | Other> {
  return reading.catch((error: unknown) => {
    if (isMissing(error) || (error instanceof Error && "code" in error && error.code === "ENOTDIR")) return other;
    throw error;
  });
}
