import { z } from "zod";
import { limits, type EnvironmentName } from "../../core/index.ts";
import { broken } from "../request/validate.ts";
import { oneOf as oneOfWords, shortText } from "../scf/fields.ts";

/** Fields that several actions of the API gateway have. */

export function text(sentence: string, maxLength = 256) {
  return shortText("InvalidParameterValue.LengthExceeded", maxLength).describe(sentence);
}

/** One of a few words. */
export function oneOf<const Word extends string>(words: readonly Word[]): z.ZodType<Word, string> {
  return oneOfWords(words, "InvalidParameterValue.NotInOptions");
}

export function integer(min: number, max: number) {
  return z
    .int()
    .refine(
      (value) => value >= min && value <= max,
      broken("InvalidParameterValue.RangeExceeded", `must be ${min}–${max}`),
    );
}

export const serviceId = text("Id of the service", 64);
export const apiId = text("Id of the API", 64);

/** What a list with more than `most` is told, which has the count that was sent. */
export function tooMany(most: number, things: string) {
  const sentence = (list: readonly unknown[]) => `must have at most ${most} ${things}; it has ${list.length}`;
  return broken("InvalidParameterValue.RangeExceeded", sentence);
}

export function ids(sentence: string) {
  return z
    .array(text("An id", 64))
    .refine(
      (list) => list.length >= 1 && list.length <= limits.apiGateway.idsPerCall,
      broken(
        "InvalidParameterValue.RangeExceeded",
        (list: readonly unknown[]) => `must be 1–${limits.apiGateway.idsPerCall} ids; it has ${list.length}`,
      ),
    )
    .describe(sentence);
}

export const environmentNames = ["test", "prepub", "release"] as const satisfies readonly EnvironmentName[];

export const environmentName = oneOf(environmentNames).describe("The environment: `test`, `prepub` or `release`");

export const paging = {
  Limit: integer(1, limits.apiGateway.page)
    .default(20)
    .describe(`How many to return at most, 1–${limits.apiGateway.page}`),
  Offset: integer(0, 2 ** 31 - 1)
    .default(0)
    .describe("How many to skip"),
};

export function pageOf<Item>(
  all: readonly Item[],
  { Limit: count, Offset: from }: { readonly Limit: number; readonly Offset: number },
): readonly Item[] {
  return all.slice(from, from + count);
}

export const totalCount = z.int().describe("How many there are without `Offset` and `Limit`");

/** A page of a list as replies have it: its items in the field `name`. */
export function listOf<const Name extends string, Item extends z.ZodType>(
  id: string,
  sentence: string,
  name: Name,
  item: Item,
) {
  const items = { [name]: z.array(item).describe(sentence) } as Record<Name, z.ZodArray<Item>>; // its key is known by the call alone
  return z
    .object({ TotalCount: totalCount, ...items })
    .meta({ id })
    .describe(sentence);
}

export const tag = z.object({ Key: text("Name of the tag"), Value: text("Its value").default("") }).meta({ id: "Tag" });

export const tags = z
  .array(tag)
  .refine((list) => list.length <= limits.tags, tooMany(limits.tags, "tags"))
  .describe("Tags; kept");

/** Conditions that all have to hold. */
export function filters(names: readonly string[]) {
  const filter = z
    .object({
      Name: z
        .string()
        .refine(
          (name) => names.includes(name),
          broken("InvalidParameterValue.InvalidFilterNotSupportedName", `must be one of ${names.join(", ")}`),
        )
        .describe("What to compare"),
      Values: z.array(text("A value")).describe("Values of which one has to fit"),
    })
    .meta({ id: "Filter" });
  return z
    .array(filter)
    .refine((list) => list.length <= 10, tooMany(10, "filters"))
    .optional()
    .describe(`Conditions that all have to hold; names: ${names.map((name) => `\`${name}\``).join(", ")}`);
}

export type Filter = { readonly Name: string; readonly Values: readonly string[] };

/** Whether an item fits all filters, by what it is under each of their names. */
export function fitsAll(
  filtered: readonly Filter[] | undefined,
  valueOf: (name: string) => string | readonly string[],
): boolean {
  return (filtered ?? []).every(({ Name: name, Values: values }) => {
    const own = valueOf(name);
    return values.some((value) => (typeof own === "string" ? own === value : own.includes(value)));
  });
}

/** Names of filters by tags: `Tags` has values `<key>:<value>`, `TagKeys` keys alone. */
export const tagFilters = ["Tags", "TagKeys"] as const;

/** What something with tags is under the names of these filters; null: the name is another. */
export function tagValues(name: string, own: readonly z.input<typeof tag>[]): readonly string[] | null {
  if (name === "TagKeys") return own.map(({ Key: key }) => key);
  return name === "Tags" ? own.map(({ Key: key, Value: value }) => `${key}:${value ?? ""}`) : null;
}

/** `2026-11-24T08:00:00Z` */
export function formatTime(at: number): string {
  return `${new Date(at).toISOString().slice(0, 19)}Z`;
}

export const times = {
  CreatedTime: z.string().describe("When it was made, UTC"),
  ModifiedTime: z.string().describe("When it was changed last, UTC"),
};

export function timesOf({ addTime, modTime }: { readonly addTime: number; readonly modTime: number }) {
  return { CreatedTime: formatTime(addTime), ModifiedTime: formatTime(modTime) };
}
