import { z } from "zod";
import { broken } from "../request/validate.ts";
import { shortText } from "./fields.ts";

const maxFilters = 10;
const maxValues = 100;

/** Conditions of a list that all have to hold; `names` says in a sentence which there are. */
export function listFilters(isName: (name: string) => boolean, names: string) {
  const filter = z
    .object({
      Name: z
        .string()
        .refine(isName, broken("InvalidParameterValue.Filters", `must be one of ${names}`))
        .describe("What to compare"),
      Values: z
        .array(shortText("InvalidParameterValue.Filters"))
        .refine(
          (values) => values.length <= maxValues,
          broken("InvalidParameterValue.Filters", `must be at most ${maxValues} values`),
        )
        .describe("Values of which one has to fit"),
    })
    .meta({ id: "Filter" });
  return z
    .array(filter)
    .refine(
      (list) => list.length <= maxFilters,
      broken("InvalidParameterValue.Filters", `must be at most ${maxFilters} filters`),
    )
    .describe(`Conditions that all have to hold, at most ${maxFilters}; names: ${names}`);
}

export type Filter = z.output<ReturnType<typeof listFilters>>[number];
