import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import path from "node:path";
import { describe, it } from "node:test";
import { listFiles, readSource, root } from "./source-files.ts";

interface Link {
  /** Relative to the root; without the anchor. */
  readonly target: string;
  readonly anchor: string | null;
  readonly text: string;
}

/** What stays of a document without its code, in which `#` and `](` mean something else. */
function proseOf(file: string): string {
  return readSource(file).replaceAll(/^ *```.*?^ *```$/gms, "");
}

/** Anchors of a document's headings in their order, as GitHub makes them. */
function anchorsOf(file: string): string[] {
  const seen = new Map<string, number>();
  return [...proseOf(file).matchAll(/^#{1,6} (.+)$/gm)].map(([, heading = ""]) => {
    const text = heading.replaceAll(/\[([^\]]*)\]\([^)]*\)/g, "$1").toLowerCase();
    const anchor = text.replaceAll(/[^\p{L}\p{M}\p{N}\p{Pc} -]/gu, "").replaceAll(" ", "-");
    const before = seen.get(anchor) ?? 0;
    seen.set(anchor, before + 1);
    return before === 0 ? anchor : `${anchor}-${before}`;
  });
}

/** Links of a document to files of the checkout and to places in them; `inline code` has none. */
function linksOf(file: string): Link[] {
  const prose = proseOf(file).replaceAll(/`[^`\n]*`/g, "");
  return [...prose.matchAll(/\]\((?!https?:|mailto:)([^)\s]+)\)/g)].map(([, text = ""]) => {
    const [name = "", anchor] = text.split("#");
    const target = name === "" ? file : path.join(path.dirname(file), name);
    return { target, anchor: anchor === undefined ? null : decodeURIComponent(anchor), text };
  });
}

function leadsNowhere({ target, anchor }: Link): boolean {
  if (!existsSync(path.join(root, target))) return true;
  return anchor !== null && !anchorsOf(target).includes(anchor);
}

/** Where a document leads, the same for both languages: the file, and which of its headings. */
function placesOf(file: string): string[] {
  const places = linksOf(file).map(({ target, anchor }) => {
    const document = target.replace("docs/guide/zh/", "docs/guide/en/").replace("README.zh.md", "README.md");
    return anchor === null ? document : `${document}, heading ${anchorsOf(target).indexOf(anchor) + 1}`;
  });
  return [...new Set(places)].toSorted();
}

/** What of a document is the same in every language. */
function shapeOf(file: string): { headings: string[]; code: string[]; rows: number; places: string[] } {
  const prose = proseOf(file);
  return {
    headings: [...prose.matchAll(/^(#{1,6}) /gm)].map((match) => String(match[1])),
    code: [...readSource(file).matchAll(/^ *```(\w+)/gm)].map((match) => String(match[1])),
    rows: [...prose.matchAll(/^ *\|/gm)].length,
    // each README leads to the other
    places: placesOf(file).filter((place) => place !== "README.md"),
  };
}

describe("the documents", () => {
  it("have only links that lead to a file, and to a heading in it", () => {
    const documents = listFiles("*.md");
    assert.ok(documents.flatMap(linksOf).filter(({ anchor }) => anchor !== null).length > 20, "anchors are found");
    const broken = documents.flatMap((file) =>
      linksOf(file)
        .filter(leadsNowhere)
        .map(({ text }) => `${file}: ${text}`),
    );
    assert.deepEqual(broken, []);
  });

  it("are there for users in both languages", () => {
    const english = listFiles("docs/guide/en/*.md").map((file) => path.basename(file));
    const chinese = listFiles("docs/guide/zh/*.md").map((file) => path.basename(file));
    assert.deepEqual(chinese, english);
    assert.notEqual(english.length, 0);
  });

  for (const file of ["README.md", ...listFiles("docs/guide/en/*.md")]) {
    const chinese = file === "README.md" ? "README.zh.md" : file.replace("/en/", "/zh/");
    it(`${file} has the headings, code, table rows and links of the Chinese one`, () => {
      assert.deepEqual(shapeOf(chinese), shapeOf(file));
    });
  }
});
