import type { Expression, ExpressionBuilder, SqlBool } from "kysely";
import { sql } from "kysely";
import { jsonbText } from "../database/jsonb.ts";
import type { Schema } from "../database/schema.ts";
import type { FunctionFilter } from "../store.ts";

type Builder = ExpressionBuilder<Schema, "functions">;

/** The condition of a ListFunctions call: everything given must hold; of several values, one. */
export function matchesFilter(filter: FunctionFilter): (builder: Builder) => Expression<SqlBool> {
  return (builder) => {
    const conditions: Expression<SqlBool>[] = [builder("namespace", "=", filter.namespace)];
    const { nameContains, descriptionContains, status, runtime, type, tags } = filter;
    if (nameContains) conditions.push(contains(builder, "name", nameContains));
    if (descriptionContains) conditions.push(contains(builder, "description", descriptionContains));
    if (status) conditions.push(oneOf(builder, "status", status));
    if (runtime) conditions.push(oneOf(builder, "runtime", runtime));
    if (type) conditions.push(oneOf(builder, "type", type));
    for (const { key, values } of tags ?? []) conditions.push(hasTag(builder, key, values));
    return builder.and(conditions);
  };
}

/** Plain text, any case: no wildcards. */
function contains(builder: Builder, column: "name" | "description", text: string): Expression<SqlBool> {
  return sql<SqlBool>`strpos(lower(${builder.ref(column)}), lower(${text})) > 0`;
}

function oneOf(
  builder: Builder,
  column: "status" | "runtime" | "type",
  values: readonly string[],
): Expression<SqlBool> {
  return sql<SqlBool>`${builder.ref(column)} = any(${[...values]})`;
}

/** Tags are kept as the API has them: `[{Key, Value}]`. No values: the key alone counts. */
function hasTag(builder: Builder, key: string, values: readonly string[]): Expression<SqlBool> {
  const wanted = values.length === 0 ? [{ Key: key }] : values.map((value) => ({ Key: key, Value: value }));
  return builder.or(wanted.map((tag) => sql<SqlBool>`${builder.ref("tags")} @> ${jsonbText([tag])}::jsonb`));
}
