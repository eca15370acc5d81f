import { z } from "zod";
import { ApiError } from "../api-error.ts";

/** The part of a JSON Schema that says what a text value should become. */
export interface ValueShape {
  readonly type?: string;
  readonly $ref?: string;
  readonly properties?: Readonly<Record<string, ValueShape>>;
  readonly items?: ValueShape;
  readonly $defs?: Readonly<Record<string, ValueShape>>;
}

const shapes = new WeakMap<z.ZodObject, ValueShape>();

/** What the fields of an action look like. */
export function shapeOf(schema: z.ZodObject): ValueShape {
  const known = shapes.get(schema);
  if (known !== undefined) return known;
  // JSON Schema has further keywords, and other types where ours does not look.
  const shape = z.toJSONSchema(schema, { io: "input", unrepresentable: "any" }) as ValueShape;
  shapes.set(schema, shape);
  return shape;
}

/** The shape itself, where `given` only names one. */
export function resolveShape(given: ValueShape | undefined, root: ValueShape): ValueShape | undefined {
  return given?.$ref === undefined ? given : root.$defs?.[given.$ref.slice("#/$defs/".length)];
}

type Nested = Map<string, Nested | string>;

const maxParts = 12;

/** Dotted names with text values (`Layers.0.LayerVersion` = "1") as the nested, typed fields that a JSON body would have. */
export function fieldsFromPairs(pairs: ReadonlyMap<string, string>, shape: ValueShape): Record<string, unknown> {
  const root: Nested = new Map();
  for (const [name, text] of pairs) place(root, name, text);
  return Object.fromEntries([...root].map(([name, value]) => [name, convert(value, shape.properties?.[name], shape)]));
}

/** The Python SDK writes `_` where others write `.`; no field name of the API has one. */
function place(root: Nested, name: string, text: string): void {
  const parts = name.replaceAll("_", ".").split(".");
  const last = parts.pop() ?? "";
  if (parts.length >= maxParts) throw malformed(name, `has more than ${maxParts} parts`);
  let at = root;
  for (const part of parts) {
    const inner = at.get(part) ?? new Map();
    if (typeof inner === "string") throw malformed(name, "is given both as text and as parts");
    at.set(part, inner);
    at = inner;
  }
  if (at.get(last) instanceof Map) throw malformed(name, "is given both as text and as parts");
  at.set(last, text);
}

/** A name may be as long as a request; a message is read by a person. */
function malformed(name: string, problem: string): ApiError {
  return new ApiError("InvalidParameter", `${name.length > 80 ? `${name.slice(0, 80)}…` : name} ${problem}.`);
}

/** What cannot be converted stays as it is: the action's schema then refuses it by name. */
function convert(value: Nested | string, given: ValueShape | undefined, root: ValueShape): unknown {
  const shape = resolveShape(given, root);
  if (typeof value === "string") return convertText(value, shape?.type);
  const entries = [...value];
  if (shape?.type === "array" && entries.every(([key]) => /^\d{1,6}$/.test(key))) {
    return entries.toSorted(([a], [b]) => Number(a) - Number(b)).map(([, item]) => convert(item, shape.items, root));
  }
  return Object.fromEntries(entries.map(([key, inner]) => [key, convert(inner, shape?.properties?.[key], root)]));
}

function convertText(text: string, type: string | undefined): unknown {
  if ((type === "integer" || type === "number") && /^-?\d{1,16}(\.\d{1,16})?$/.test(text)) return Number(text);
  if (type === "boolean" && /^(true|1)$/i.test(text)) return true;
  if (type === "boolean" && /^(false|0)$/i.test(text)) return false;
  return text;
}
