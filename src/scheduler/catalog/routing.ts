import { qualifiers, type Alias, type MatchedVersion } from "../../core/index.ts";

/**
 * The version that a qualifier leads to: an alias by its routing, anything else stands for itself.
 * Whether that version exists is for the caller to find out. `random` gives numbers in [0, 1).
 */
export function resolveQualifier(
  aliases: ReadonlyMap<string, Alias>,
  qualifier: string,
  routingKey: Readonly<Record<string, string>> | undefined,
  random: () => number,
): string {
  const alias = aliases.get(qualifier);
  if (alias !== undefined) return pickVersion(alias, routingKey, random);
  return qualifier === qualifiers.default ? qualifiers.latest : qualifier;
}

/** A matching rule wins over weights; without either the alias's own version takes the call. */
export function pickVersion(
  alias: Alias,
  routingKey: Readonly<Record<string, string>> | undefined,
  random: () => number,
): string {
  for (const rule of alias.matched) {
    if (matches(rule, routingKey)) return rule.version;
  }
  if (alias.weighted.length === 0) return alias.version;
  let share = random();
  for (const { version, weight } of alias.weighted) {
    if (share < weight) return version;
    share -= weight;
  }
  return alias.version;
}

const keyPrefix = "invoke.headers.";

/** Whether the call's routing key fulfils one rule of an alias. */
export function matches(rule: MatchedVersion, routingKey: Readonly<Record<string, string>> | undefined): boolean {
  if (routingKey === undefined || !rule.key.startsWith(keyPrefix)) return false;
  const name = rule.key.slice(keyPrefix.length);
  const value = Object.hasOwn(routingKey, name) ? routingKey[name] : undefined;
  if (value === undefined) return false;
  switch (rule.method) {
    case "exact":
      return value === rule.expression;
    case "range":
      return isInRange(value, rule.expression);
  }
}

const integer = /^[+-]?\d+$/;
const range = /^\s*([[(])\s*([+-]?\d+)\s*,\s*([+-]?\d+)\s*([\])])\s*$/;

/** `(a,b)` without, `[a,b]` with its ends; integers of any size. Anything else matches nothing. */
function isInRange(value: string, expression: string): boolean {
  const parsed = range.exec(expression);
  if (parsed === null || !integer.test(value)) return false;
  const [, opening, low = "", high = "", closing] = parsed;
  const number = BigInt(value);
  const isAboveLow = opening === "[" ? number >= BigInt(low) : number > BigInt(low);
  const isBelowHigh = closing === "]" ? number <= BigInt(high) : number < BigInt(high);
  return isAboveLow && isBelowHigh;
}
