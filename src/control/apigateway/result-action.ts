import { z } from "zod";
import { defineAction, type Action, type ActionContext } from "../action.ts";
import type { ErrorCode } from "../error-codes.ts";

/** An action of the API gateway, whose reply has everything in one field `Result`. */
export interface ResultAction<Input extends z.ZodObject, Result extends z.ZodType> {
  readonly name: string;
  readonly group: string;
  readonly summary: string;
  readonly input: Input;
  readonly result: Result;
  /** Codes of its own, beside those of the fields that all have. */
  readonly errors: readonly ErrorCode[];
  handle(given: z.output<Input>, context: ActionContext): Promise<z.input<Result>>;
}

export function defineResultAction<Input extends z.ZodObject, Result extends z.ZodType>({
  result,
  errors,
  handle,
  ...action
}: ResultAction<Input, Result>): Action {
  return defineAction({
    ...action,
    permission: permissionOf(action.name),
    errors: [...fieldErrors, ...errors],
    output: z.object({ Result: result }) as z.ZodObject, // of any shape: `handle` is checked against `result` above
    handle: async (given, context) => ({ Result: await handle(given, context) }),
  });
}

/** CAM's name of the product is not that of its API. */
export function permissionOf(action: string): string {
  return `apigw:${action}`;
}

/** Codes of a field that is too long, out of its range or none of a few words. */
export const fieldErrors = [
  "InvalidParameterValue.LengthExceeded",
  "InvalidParameterValue.RangeExceeded",
  "InvalidParameterValue.NotInOptions",
] as const satisfies readonly ErrorCode[];

/** What actions that only do something answer. */
export const done = z.boolean().describe("Whether it was done");
