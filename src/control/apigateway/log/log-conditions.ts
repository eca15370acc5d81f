import { z } from "zod";
import type { ApiLogCondition } from "../../../store/index.ts";
import { ApiError } from "../../api-error.ts";
import { text, type Filter } from "../fields.ts";

export const logQuery = z
  .object({
    Name: text("What to compare", 64),
    Operator: text("How", 8),
    Value: text("With what"),
  })
  .meta({ id: "LogQuery" });

type LogQuery = z.output<typeof logQuery>;

export const filterNames = ["req_id", "api_id", "cip", "env_name"] as const;

/** What has to hold of a log. Throws for what cannot be asked. */
export function conditionsOf(queries: readonly LogQuery[], filters: readonly Filter[]): readonly ApiLogCondition[] {
  return [
    ...queries.map(conditionOf),
    ...filters.map(({ Name: name, Values: values }) => {
      const field = equalFields.get(name);
      if (field === undefined) throw new Error(`the filter ${name} was let in`);
      return { field, is: values };
    }),
  ];
}

const equalFields = new Map([
  ["req_id", "requestId"],
  ["api_id", "apiId"],
  ["cip", "clientAddress"],
  ["env_name", "environment"],
] as const) as ReadonlyMap<string, "requestId" | "apiId" | "clientAddress" | "environment">; // looked up by any text

const containedIn = { uip: "backendAddress", err_msg: "errorMessage" } as const;

function conditionOf({ Name: name, Operator: operator, Value: value }: LogQuery): ApiLogCondition {
  const field = equalFields.get(name);
  if (field !== undefined && operator === "=") return { field, is: [value] };
  if ((name === "uip" || name === "err_msg") && operator === ":") return { field: containedIn[name], contains: value };
  if (name === "rsp_st") {
    if (operator === ":") return { field: "status", contains: value };
    if (operator === "=" || operator === "!=" || operator === "<" || operator === ">") {
      return { field: "status", operator, value: numberOf(name, value, 999) };
    }
  }
  if (name === "req_t" && (operator === ">=" || operator === "<=")) {
    return { field: "durationUs", operator, value: Math.round(numberOf(name, value, 1e6) * 1e6) };
  }
  throw new ApiError(
    "InvalidParameterValue.NotInOptions",
    `LogQuerys cannot compare ${JSON.stringify(name)} with the operator ${JSON.stringify(operator)}.`,
  );
}

function numberOf(name: string, value: string, max: number): number {
  const number = /^\d+(\.\d+)?$/.test(value) ? Number(value) : Number.NaN;
  if (number <= max) return name === "rsp_st" ? Math.round(number) : number;
  throw new ApiError(
    "InvalidParameterValue.RangeExceeded",
    `The Value of ${name} in LogQuerys must be a number, 0–${max}.`,
  );
}
