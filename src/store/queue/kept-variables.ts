/** The variable that alone is kept as it is: all that rows of before may have. */
const source = "TRIGGER_SRC";

/** The variables of a queued call as its row keeps them, in `source`: empty for none, the value of `TRIGGER_SRC`, or all of them as JSON. */
export function writeVariables(variables: Readonly<Record<string, string>>): string {
  const { [source]: value, ...others } = variables;
  if (Object.keys(others).length > 0 || value?.startsWith("{") === true) return JSON.stringify(variables);
  return value ?? "";
}

export function readVariables(kept: string): Readonly<Record<string, string>> {
  if (kept.startsWith("{")) return JSON.parse(kept); // written above
  return kept === "" ? {} : { [source]: kept };
}
