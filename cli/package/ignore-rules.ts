import { readFile } from "node:fs/promises";
import path from "node:path";
import ignore, { type Ignore } from "ignore";

interface Rules {
  /** Where the rules are from, relative to the packed directory, `/`-separated; "" for its root. */
  readonly base: string;
  readonly matcher: Ignore;
}

/** Never part of a package, whatever the rules say. */
const neverPacked = new Set([".git", ".gust", "__pycache__", ".venv"]);

/**
 * Which files of a directory stay out of the package.
 *
 * `.gitignore` files say what is not worth keeping in a repository, and so name `node_modules`; a function
 * needs its dependencies, so they do not reach into it. The ignore file of a function does.
 */
export class IgnoreRules {
  readonly #explicit: Ignore;
  readonly #git: readonly Rules[];

  private constructor(explicit: Ignore, git: readonly Rules[]) {
    this.#explicit = explicit;
    this.#git = git;
  }

  static async read(ignoreFile: string | undefined, more: readonly string[] = []): Promise<IgnoreRules> {
    const text = ignoreFile === undefined ? null : await readIfThere(ignoreFile);
    return new IgnoreRules(
      ignore()
        .add(text ?? "")
        .add([...more]),
      [],
    );
  }

  /** The rules inside a directory: these, and those of the `.gitignore` that it may have. */
  async enter(directory: string, base: string): Promise<IgnoreRules> {
    if (isDependency(base)) return this;
    const text = await readIfThere(path.join(directory, ".gitignore"));
    if (text === null) return this;
    return new IgnoreRules(this.#explicit, [{ base, matcher: ignore().add(text) }, ...this.#git]);
  }

  /** `name` is relative to the packed directory. */
  ignores(name: string, isDirectory: boolean): boolean {
    if (neverPacked.has(path.posix.basename(name)) || name.endsWith("node_modules/.cache")) return true;
    const asked = isDirectory ? `${name}/` : name;
    if (this.#explicit.ignores(asked)) return true;
    return !isDependency(name) && this.#gitIgnores(asked);
  }

  /** The innermost file that has a rule for the name decides, as in git. */
  #gitIgnores(asked: string): boolean {
    for (const { base, matcher } of this.#git) {
      const { ignored, unignored } = matcher.test(asked.slice(base === "" ? 0 : base.length + 1));
      if (ignored || unignored) return ignored;
    }
    return false;
  }
}

function isDependency(name: string): boolean {
  return name.split("/").includes("node_modules");
}

async function readIfThere(file: string): Promise<string | null> {
  try {
    return await readFile(file, "utf8");
  } catch (error) {
    if (error instanceof Error && "code" in error && (error.code === "ENOENT" || error.code === "EISDIR")) return null;
    throw error;
  }
}
