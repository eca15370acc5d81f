// @ts-check

/**
 * A struct as gob describes it: its id on this stream, its name, and its fields in order.
 * @typedef {{ readonly id: number, readonly name: string, readonly fields: readonly (readonly [name: string, type: "bytes" | "int" | "string" | "uint" | GobStruct])[] }} GobStruct
 */

/** Ids that gob gives to its own types. */
const basicIds = { int: 2, uint: 3, bytes: 5, string: 6 };

/**
 * Writes structs as Go's encoding/gob reads them: every type is described once on a stream, before its first value.
 * Only what the protocol of the Go library needs.
 */
export class GobWriter {
  /** @type {Set<number>} */
  #described = new Set();

  /** The bytes of a value, descriptions of its types included. @param {GobStruct} type @param {Readonly<Record<string, unknown>>} value */
  message(type, value) {
    /** @type {Buffer[]} */
    const parts = [];
    this.#describe(type, parts);
    parts.push(framed([int(type.id), structValue(type, value)]));
    return Buffer.concat(parts);
  }

  /** @param {GobStruct} type @param {Buffer[]} parts */
  #describe(type, parts) {
    if (this.#described.has(type.id)) return;
    this.#described.add(type.id);
    const fields = type.fields.map(([name, kind]) =>
      Buffer.concat([uint(1), text(name), uint(1), int(typeId(kind)), uint(0)]),
    );
    const common = [uint(1), text(type.name), uint(1), int(type.id), uint(0)];
    const list = fields.length === 0 ? [] : [uint(1), uint(fields.length), ...fields];
    // Field 3 of a type's description is for structs; in it, 1 is what all types have, 2 the fields.
    parts.push(framed([int(-type.id), uint(3), uint(1), ...common, ...list, uint(0), uint(0)]));
    for (const [, kind] of type.fields) if (typeof kind === "object") this.#describe(kind, parts);
  }
}

/** @param {GobStruct["fields"][number][1]} kind */
function typeId(kind) {
  return typeof kind === "object" ? kind.id : basicIds[kind];
}

/** Fields that are zero are left out, the others say how far they are from the one before. @param {GobStruct} type @param {Readonly<Record<string, unknown>>} value @returns {Buffer} */
function structValue(type, value) {
  const parts = [];
  let last = -1;
  for (const [index, [name, kind]] of type.fields.entries()) {
    const bytes = fieldValue(kind, value[name]);
    if (bytes === null) continue;
    parts.push(uint(index - last), bytes);
    last = index;
  }
  parts.push(uint(0));
  return Buffer.concat(parts);
}

/** @param {GobStruct["fields"][number][1]} kind @param {unknown} value @returns {Buffer | null} null: the zero of its type */
function fieldValue(kind, value) {
  if (typeof kind === "object") return structValue(kind, /** @type {Record<string, unknown>} */ (value)); // as the type says
  switch (kind) {
    case "string":
      return value === "" ? null : text(String(value));
    case "bytes": {
      const bytes = /** @type {Buffer} */ (value); // as the type says
      return bytes.length === 0 ? null : Buffer.concat([uint(bytes.length), bytes]);
    }
    case "int":
      return value === 0 ? null : int(Number(value));
    case "uint":
      return value === 0 ? null : uint(Number(value));
  }
}

/** @param {readonly Buffer[]} parts */
function framed(parts) {
  const body = Buffer.concat(parts);
  return Buffer.concat([uint(body.length), body]);
}

/** @param {string} value */
function text(value) {
  const bytes = Buffer.from(value);
  return Buffer.concat([uint(bytes.length), bytes]);
}

/** Small numbers are one byte; larger ones say first, negated, how many bytes they have. @param {number} value */
function uint(value) {
  if (value < 128) return Buffer.of(value);
  const bytes = Buffer.alloc(9);
  bytes.writeBigUInt64BE(BigInt(value), 1);
  const start = bytes.findIndex((byte, index) => index > 0 && byte !== 0);
  bytes[start - 1] = 256 - (9 - start);
  return bytes.subarray(start - 1);
}

/** The sign is the lowest bit. @param {number} value */
function int(value) {
  return uint(value < 0 ? (-1 - value) * 2 + 1 : value * 2);
}
