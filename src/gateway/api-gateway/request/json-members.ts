/** A property of an object of JSON text. */
export interface JsonMember {
  readonly name: string;
  /** Name, colon and value as they were written. */
  readonly text: string;
  /** The value as it was written: a number has digits that no double can hold. */
  readonly value: string;
}

/** The properties of a JSON text; null where that is no object, or no JSON. */
export function jsonMembers(text: string): readonly JsonMember[] | null {
  if (!isObject(text)) return null;
  const members: JsonMember[] = [];
  let start = text.indexOf("{") + 1;
  for (let isLast = false; !isLast;) {
    const end = endOfMember(text, start);
    const part = text.slice(start, end);
    if (part.trim() !== "") members.push(memberOf(part));
    isLast = text[end] !== ",";
    start = end + 1;
  }
  return members;
}

function isObject(text: string): boolean {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === "object" && value !== null && !Array.isArray(value);
  } catch {
    return false; // whoever gets it may say so
  }
}

/** Where its comma or the object's brace is. */
function endOfMember(text: string, start: number): number {
  let depth = 0;
  for (let at = start; at < text.length; at++) {
    const character = text[at];
    if (character === '"') at = endOfString(text, at);
    else if (character === "{" || character === "[") depth++;
    else if (depth === 0 && (character === "," || character === "}")) return at;
    else if (character === "}" || character === "]") depth--;
  }
  return text.length;
}

/** Where its last quotation mark is. */
function endOfString(text: string, start: number): number {
  let at = start + 1;
  while (at < text.length && text[at] !== '"') at += text[at] === "\\" ? 2 : 1;
  return at;
}

function memberOf(text: string): JsonMember {
  const start = text.indexOf('"');
  const end = endOfString(text, start) + 1;
  return { name: String(JSON.parse(text.slice(start, end))), text, value: text.slice(text.indexOf(":", end) + 1) };
}
