import { z } from "zod";
import type { Action, Product } from "../../src/control/index.ts";

/** The declarations of `src/control` in a form that both the reference and the SDK are written from. */

export interface Field {
  readonly name: string;
  /** `string`, `integer`, `number`, `boolean`, `map` of any keys, a structure's name, and `[]` behind it for lists. */
  readonly type: string;
  readonly canBeNull: boolean;
  readonly isRequired: boolean;
  readonly description: string;
  /** Given back by the API, but nothing acts on it yet. */
  readonly isKept: boolean;
  readonly preset?: unknown;
}

interface Structure {
  readonly name: string;
  readonly fields: readonly Field[];
}

export interface DescribedAction {
  readonly name: string;
  readonly group: string;
  readonly summary: string;
  readonly permission: string;
  readonly request: readonly Field[];
  readonly reply: readonly Field[];
  readonly errors: readonly string[];
}

export interface Declarations extends Pick<Product, "name" | "version"> {
  readonly actions: readonly DescribedAction[];
  readonly absent: readonly { readonly name: string; readonly summary: string }[];
  /** By name, those of requests and replies together. */
  readonly structures: readonly Structure[];
}

export function readDeclarations({ name: product, version, actions, absent }: Product): Declarations {
  const structures = new Map<string, Structure>();
  return {
    name: product,
    version,
    actions: [...actions.values()].map((action) => describeAction(action, structures)),
    absent: [...absent].map(([name, summary]) => ({ name, summary })),
    structures: [...structures.values()].toSorted((a, b) => (a.name < b.name ? -1 : 1)),
  };
}

const kind = z.object({
  /** Two names: what is null may stand in its place. */
  type: z.union([z.string(), z.tuple([z.string(), z.literal("null")])]).optional(),
  $ref: z.string().optional(),
  additionalProperties: z.unknown().optional(),
});

const property = kind.extend({
  description: z.string().default(""),
  default: z.unknown().optional(),
  kept: z.boolean().default(false),
  items: kind.optional(),
});

const objectSchema = z.object({
  properties: z.record(z.string(), property).default({}),
  required: z.array(z.string()).default([]),
});

const rootSchema = objectSchema.extend({ $defs: z.record(z.string(), objectSchema).default({}) });

function describeAction(action: Action, structures: Map<string, Structure>): DescribedAction {
  return {
    name: action.name,
    group: action.group,
    summary: action.summary,
    permission: action.permission,
    request: describeFields(action.input, structures),
    reply: describeFields(action.output, structures),
    errors: [...action.errors],
  };
}

/** Fields of a schema; named structures inside it go to `structures`, where a name must mean one thing. */
function describeFields(schema: z.ZodObject, structures: Map<string, Structure>): Field[] {
  const root = rootSchema.parse(z.toJSONSchema(schema, { io: "input", unrepresentable: "any" }));
  for (const [name, definition] of Object.entries(root.$defs)) {
    const structure = { name, fields: fieldsOf(definition) };
    const known = structures.get(name);
    if (known !== undefined && JSON.stringify(known) !== JSON.stringify(structure)) {
      throw new Error(`Two different structures are called ${name}`);
    }
    structures.set(name, structure);
  }
  return fieldsOf(root);
}

function fieldsOf({ properties, required }: z.output<typeof objectSchema>): Field[] {
  return Object.entries(properties).map(([name, value]) => ({
    name,
    ...typeOfProperty(value),
    isRequired: required.includes(name),
    description: value.description,
    isKept: value.kept,
    ...(value.default === undefined ? {} : { preset: value.default }),
  }));
}

type Kind = z.output<typeof kind>;

function typeOfProperty({
  items,
  ...own
}: Kind & { readonly items?: Kind | undefined }): Pick<Field, "type" | "canBeNull"> {
  const type = own.type === "array" ? `${typeOf(items ?? {})}[]` : typeOf(own);
  return { type, canBeNull: Array.isArray(own.type) };
}

function typeOf({ type, $ref, additionalProperties }: Kind): string {
  const name = $ref?.slice("#/$defs/".length) ?? (Array.isArray(type) ? type[0] : type);
  if (name === "object" && typeof additionalProperties === "object") return "map";
  if (name === undefined || name === "object") throw new Error("A structure of the API has no name (meta id)");
  return name;
}
