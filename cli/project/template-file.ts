import { isMap, isNode, isSeq, LineCounter, parseDocument, type Document, type Node } from "yaml";
import type { z } from "zod";
import { closestWord } from "../closest-word.ts";
import { templateKeys, templateSchema, type Template } from "./template-schema.ts";

/** Something in a project file that is not as it has to be. */
export interface TemplateProblem {
  readonly line: number;
  readonly message: string;
}

export type ParsedTemplate =
  | {
      readonly kind: "template";
      readonly template: Template;
      readonly lineOf: (path: readonly PropertyKey[]) => number;
    }
  | { readonly kind: "problems"; readonly problems: readonly TemplateProblem[] };

/** Reads the text of a project file. All problems at once, each with its line. */
export function parseTemplate(text: string): ParsedTemplate {
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines, schema: "failsafe", prettyErrors: false });
  if (document.errors.length > 0) {
    const problems = document.errors.map((error) => ({
      line: lines.linePos(error.pos[0]).line,
      message: `not YAML: ${error.message}`,
    }));
    return { kind: "problems", problems };
  }
  const lineOf = (path: readonly PropertyKey[]): number => {
    const offset = offsetOf(document, path);
    return lines.linePos(offset).line;
  };
  const parsed = templateSchema.safeParse(document.toJS() ?? {});
  if (parsed.success) return { kind: "template", template: parsed.data, lineOf };
  const problems = parsed.error.issues.flatMap((issue) => problemsOf(issue, lineOf));
  return { kind: "problems", problems: problems.toSorted((a, b) => a.line - b.line) };
}

function problemsOf(issue: z.core.$ZodIssue, lineOf: (path: readonly PropertyKey[]) => number): TemplateProblem[] {
  const path = issue.path;
  if (issue.code === "unrecognized_keys") {
    return issue.keys.map((key) => ({
      line: lineOf([...path, key]),
      message: `${nameOf([...path, key])} is not known here${suggestionFor(key)}`,
    }));
  }
  return [{ line: lineOf(path), message: `${nameOf(path)}: ${issue.message}` }];
}

function suggestionFor(key: string): string {
  const meant = closestWord(key, templateKeys);
  return meant === null || meant === key ? "" : `; did you mean ${meant}?`;
}

function nameOf(path: readonly PropertyKey[]): string {
  return path.length === 0 ? "the file" : path.map(String).join(".");
}

/** Where a key or an entry of a list stands, or its nearest parent that is there. */
function offsetOf(document: Document, path: readonly PropertyKey[]): number {
  let node: unknown = document.contents;
  let offset = 0;
  for (const step of path) {
    if (isSeq(node)) {
      node = node.items[Number(step)];
      offset = (isNode(node) ? node.range?.[0] : undefined) ?? offset;
      continue;
    }
    if (!isMap(node)) break;
    const pair = node.items.find((item) => String(item.key) === String(step));
    if (pair === undefined) break;
    offset = (pair.key as Node).range?.[0] ?? offset; // keys of a parsed document are nodes
    node = pair.value;
  }
  return offset;
}
