// @ts-check

/**
 * @typedef {{ kind: "struct", fields: readonly { name: string, id: number }[] }
 *   | { kind: "list", element: number, fixed: number | null } | { kind: "map", key: number, element: number }} GobType
 */

const mostTypes = 1_000;

/** Types that every stream knows: those that describe types. @type {readonly (readonly [number, GobType])[]} */
const ownTypes = [
  [16, struct(["ArrayT", 17], ["SliceT", 19], ["StructT", 20], ["MapT", 23])],
  [17, struct(["CommonType", 18], ["Elem", 2], ["Len", 2])],
  [18, struct(["Name", 6], ["Id", 2])],
  [19, struct(["CommonType", 18], ["Elem", 2])],
  [20, struct(["CommonType", 18], ["Field", 22])],
  [21, struct(["Name", 6], ["Id", 2])],
  [22, { kind: "list", element: 21, fixed: null }],
  [23, struct(["CommonType", 18], ["Key", 2], ["Elem", 2])],
];
const typeOfTypes = 16;

/** What came is not gob, or has types that this reader does not know. */
export class GobError extends Error {}

/**
 * Reads messages that Go's encoding/gob wrote: structs become objects with the fields that are not zero, lists arrays,
 * bytes Buffers. Believes nothing: what does not fit throws GobError.
 */
export class GobReader {
  /** @type {Map<number, GobType>} */
  #types = new Map(ownTypes);

  /** A message without its length. Gives its value; undefined: it described a type. @param {Buffer} bytes @returns {unknown} */
  message(bytes) {
    const cursor = new Cursor(bytes);
    const id = cursor.int();
    if (id < 0) {
      this.#learn(-id, this.#value(typeOfTypes, cursor));
      return undefined;
    }
    if (this.#types.get(id)?.kind !== "struct" && cursor.uint() !== 0)
      throw new GobError("a bare value without its mark");
    return this.#value(id, cursor);
  }

  /** @param {number} id @param {unknown} description */
  #learn(id, description) {
    if (this.#types.size >= mostTypes) throw new GobError("too many types");
    const { ArrayT: array, SliceT: slice, StructT: fields, MapT: map } = objectOf(description);
    if (fields !== undefined) {
      const list = objectOf(fields)["Field"] ?? [];
      if (!Array.isArray(list)) throw new GobError("a struct without fields");
      this.#types.set(id, {
        kind: "struct",
        fields: list.map((field) => ({ name: String(objectOf(field)["Name"]), id: numberIn(field, "Id") })),
      });
    } else if (slice !== undefined)
      this.#types.set(id, { kind: "list", element: numberIn(slice, "Elem"), fixed: null });
    else if (array !== undefined)
      this.#types.set(id, { kind: "list", element: numberIn(array, "Elem"), fixed: numberIn(array, "Len") });
    else if (map !== undefined)
      this.#types.set(id, { kind: "map", key: numberIn(map, "Key"), element: numberIn(map, "Elem") });
    else throw new GobError("a type that encodes itself");
  }

  /** @param {number} id @param {Cursor} cursor @returns {unknown} */
  #value(id, cursor) {
    switch (id) {
      case 1:
        return cursor.uint() !== 0;
      case 2:
        return cursor.int();
      case 3:
        return cursor.uint();
      case 4:
        return cursor.float();
      case 5:
        return cursor.bytes();
      case 6:
        return cursor.bytes().toString();
    }
    const type = this.#types.get(id);
    if (type === undefined) throw new GobError(`a value of type ${id}, which was not described`);
    if (type.kind === "struct") return this.#struct(type.fields, cursor);
    const count = cursor.count();
    if (type.kind === "list") return Array.from({ length: count }, () => this.#value(type.element, cursor));
    return new Map(
      Array.from({ length: count }, () => [this.#value(type.key, cursor), this.#value(type.element, cursor)]),
    );
  }

  /** @param {readonly { name: string, id: number }[]} fields @param {Cursor} cursor */
  #struct(fields, cursor) {
    /** @type {Record<string, unknown>} */
    const value = {};
    for (let index = -1, step = cursor.uint(); step !== 0; step = cursor.uint()) {
      index += step;
      const field = fields[index];
      if (field === undefined) throw new GobError("a field that was not described");
      value[field.name] = this.#value(field.id, cursor);
    }
    return value;
  }
}

/** Reads numbers and bytes of a message, never beyond its end. */
class Cursor {
  #bytes;
  #at = 0;

  /** @param {Buffer} bytes */
  constructor(bytes) {
    this.#bytes = bytes;
  }

  uint() {
    const number = readUint(this.#bytes, this.#at);
    if (number === null) throw new GobError("cut short");
    this.#at = number.end;
    return number.value;
  }

  int() {
    const value = this.uint();
    return value % 2 === 1 ? -1 - (value - 1) / 2 : value / 2;
  }

  /** Its bytes are reversed, because the last of them are often zero. */
  float() {
    const bytes = Buffer.alloc(8);
    bytes.writeBigUInt64LE(BigInt(this.uint()));
    return bytes.readDoubleBE();
  }

  /** Elements that follow; each has a byte at least. */
  count() {
    const count = this.uint();
    if (count > this.#bytes.length - this.#at) throw new GobError("cut short");
    return count;
  }

  bytes() {
    const length = this.count();
    this.#at += length;
    return this.#bytes.subarray(this.#at - length, this.#at);
  }
}

/** A number at the beginning of a message or in it; null: not all of it is there. @param {Buffer} bytes @param {number} at */
export function readUint(bytes, at) {
  const first = bytes[at];
  if (first === undefined) return null;
  if (first < 128) return { value: first, end: at + 1 };
  const length = 256 - first;
  if (length > 8) throw new GobError(`a number of ${length} bytes`);
  if (at + 1 + length > bytes.length) return null;
  let value = 0;
  for (let i = 1; i <= length; i++) value = value * 256 + (bytes[at + i] ?? 0);
  return { value, end: at + 1 + length };
}

/** @param {...(readonly [name: string, id: number])} fields @returns {GobType} */
function struct(...fields) {
  return { kind: "struct", fields: fields.map(([name, id]) => ({ name, id })) };
}

/** @param {unknown} value @returns {Record<string, unknown>} */
function objectOf(value) {
  if (typeof value !== "object" || value === null) throw new GobError("no struct where one has to be");
  return /** @type {Record<string, unknown>} */ (value); // checked above
}

/** @param {unknown} value @param {string} name */
function numberIn(value, name) {
  const number = objectOf(value)[name] ?? 0;
  if (typeof number !== "number") throw new GobError(`${name} is no number`);
  return number;
}
