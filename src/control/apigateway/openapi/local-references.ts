/** Follows the `$ref`s of one definition. */
export class LocalReferences {
  readonly #root: unknown;

  constructor(root: unknown) {
    this.#root = root;
  }

  /** What a value stands for: itself, or what its `$ref` leads to. Throws a sentence for a reference that leads nowhere here. */
  follow(value: unknown): unknown {
    const passed = new Set<string>();
    let found = value;
    for (;;) {
      const reference = referenceOf(found);
      if (reference === null) return found;
      if (!reference.startsWith("#/")) throw new Error(`the reference ${shown(reference)} leads out of the definition`);
      if (passed.has(reference)) throw new Error(`the reference ${shown(reference)} leads back to itself`);
      passed.add(reference);
      found = this.#at(reference);
    }
  }

  #at(reference: string): unknown {
    let found = this.#root;
    for (const part of reference.slice(2).split("/")) {
      const key = decodeURIComponent(part).replaceAll("~1", "/").replaceAll("~0", "~");
      if (typeof found !== "object" || found === null || !Object.hasOwn(found, key)) {
        throw new Error(`the reference ${shown(reference)} leads nowhere`);
      }
      found = Reflect.get(found, key);
    }
    return found;
  }
}

function referenceOf(value: unknown): string | null {
  if (typeof value !== "object" || value === null || !Object.hasOwn(value, "$ref")) return null;
  const reference: unknown = Reflect.get(value, "$ref");
  return typeof reference === "string" ? reference : null;
}

function shown(reference: string): string {
  return JSON.stringify(reference.slice(0, 100));
}
