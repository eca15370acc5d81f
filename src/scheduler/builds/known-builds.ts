import { runtimeOf, type FunctionVersion, type Sha256 } from "../../core/index.ts";
import type { BuildRecord, Store } from "../../store/index.ts";

/** What builds came to, as the store keeps it, by source, kind and interpreter. */
export class KnownBuilds {
  readonly #store: Pick<Store, "artifacts" | "builds">;
  /** By source and kind; what was wanted last is last. */
  readonly #known = new Map<string, readonly BuildRecord[]>();
  /** By source and kind, whichever recipe. */
  readonly #everBuilt = new Set<string>();

  private constructor(store: Pick<Store, "artifacts" | "builds">) {
    this.#store = store;
  }

  /** Rejects when the store cannot tell what was built before. */
  static async open(store: Pick<Store, "artifacts" | "builds">): Promise<KnownBuilds> {
    const known = new KnownBuilds(store);
    for (const record of await store.builds.list()) known.#remember(record);
    return known;
  }

  find({ sourceSha256, kind, interpreter }: Omit<BuildRecord, "resultSha256" | "note">): BuildRecord | undefined {
    return this.#all(sourceSha256, kind).find((record) => record.interpreter === interpreter);
  }

  /** The newest of the line that serves the version, or else of its language; what another language made is never it. */
  bestFor({ spec }: FunctionVersion, source: Sha256, kind: string): BuildRecord | undefined {
    const { language, line } = runtimeOf(spec.runtime);
    const sameLanguage = this.#all(source, kind).filter(({ interpreter }) => interpreter.startsWith(`${language} `));
    return sameLanguage.findLast(({ interpreter }) => isOfLine(interpreter, line)) ?? sameLanguage.at(-1);
  }

  /** Whether anything was made of it, by whichever recipe and interpreter. */
  wasEverBuilt(source: Sha256, kind: string): boolean {
    return this.#everBuilt.has(withoutRecipe(source, kind));
  }

  /** Whether it made a package that the store has no more. */
  async isGone(record: BuildRecord | undefined): Promise<boolean> {
    const result = record?.resultSha256 ?? null;
    return result !== null && !(await this.#store.artifacts.has(result));
  }

  async keep(record: BuildRecord): Promise<BuildRecord> {
    await this.#store.builds.keep(record);
    this.#remember(record);
    return record;
  }

  /** Has a known build kept for the time that it takes until its function is known to use it; false: it is gone. */
  async renew(record: BuildRecord, signal: AbortSignal): Promise<boolean> {
    const { artifacts } = this.#store;
    const { resultSha256: result } = record;
    if (result !== null) {
      if (!(await artifacts.has(result))) return false;
      const put = await artifacts.put(await artifacts.get(result, { signal }), { signal });
      if (put.kind === "refused") return false;
      await put.hold[Symbol.asyncDispose]();
    }
    await this.keep(record);
    return true;
  }

  forget({ sourceSha256: source, kind, interpreter }: BuildRecord): void {
    const others = this.#all(source, kind).filter((other) => other.interpreter !== interpreter);
    this.#known.set(`${source} ${kind}`, others);
  }

  /** The store forgets what nothing used for a while: such a package is not named again, whatever comes of the build that follows. */
  async forgetGone(source: Sha256, kind: string): Promise<void> {
    for (const record of this.#all(source, kind)) {
      if (await this.isGone(record)) this.forget(record);
    }
  }

  #remember(record: BuildRecord): void {
    this.forget(record);
    const { sourceSha256: source, kind } = record;
    this.#known.set(`${source} ${kind}`, [...this.#all(source, kind), record]);
    if (record.resultSha256 !== null) this.#everBuilt.add(withoutRecipe(source, kind));
  }

  #all(source: Sha256, kind: string): readonly BuildRecord[] {
    return this.#known.get(`${source} ${kind}`) ?? [];
  }
}

function withoutRecipe(source: Sha256, kind: string): string {
  return `${source} ${kind.replace(/ recipe-\d+/, "")}`;
}

/** `node 18.20.4 x64` is of line `18`; a language without lines has one version. */
function isOfLine(interpreter: string, line: string): boolean {
  const number = interpreter.split(" ", 2)[1] ?? "";
  return line === "" || number === line || number.startsWith(`${line}.`);
}
