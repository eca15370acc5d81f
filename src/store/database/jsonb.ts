/** Text for a `jsonb` column or operand, which takes neither U+0000 nor half of a surrogate pair: both become U+FFFD. */
export function jsonbText(value: unknown): string {
  return JSON.stringify(value, (_, part: unknown) =>
    typeof part === "string" ? part.replaceAll("\0", "\uFFFD").toWellFormed() : part,
  );
}
