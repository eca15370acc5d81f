/**
 * The first step of reading a call, which may run in a worker thread because it walks every byte:
 * parse the JSON, decode code packages, check event texts. What comes out is plain values that
 * cross threads, and is small enough for the event loop wherever the request was.
 */

/** `ZipFile`, decoded. */
export type ZipField =
  | { readonly kind: "zip"; readonly bytes: Uint8Array }
  | { readonly kind: "not-base64"; readonly problem: string }
  | { readonly kind: "wrong-type" };

/** `ClientContext` or `Event`: text that has to be JSON. */
export type EventField =
  | { readonly kind: "event"; readonly text: string; readonly bytes: number; readonly problem: string | null }
  | { readonly kind: "wrong-type" };

export type PreparedFields =
  | { readonly kind: "fields"; readonly fields: Readonly<Record<string, unknown>> }
  | {
      readonly kind: "refused";
      readonly code: "InvalidParameter" | "InvalidParameterValue";
      readonly message: string;
    };

/** No request of the API nests deeper than 5. */
const maxDepth = 16;

/** Prepares a JSON body. */
export function prepareBody(body: Uint8Array): PreparedFields {
  const text = Buffer.from(body.buffer, body.byteOffset, body.byteLength).toString("utf8");
  let value: unknown;
  try {
    value = text === "" ? {} : JSON.parse(text);
  } catch (error) {
    return refused("InvalidParameter", `The body is not JSON: ${error instanceof Error ? error.message : "?"}.`);
  }
  return prepareValue(value);
}

/** Prepares fields that were read already. */
export function prepareValue(value: unknown): PreparedFields {
  if (typeof value !== "object" || value === null || Array.isArray(value)) {
    return refused("InvalidParameter", "The body must be a JSON object with the action's fields.");
  }
  const problem: Problem = { message: "" };
  const fields = withoutNulls(value, [], problem);
  if (problem.message !== "") return refused("InvalidParameterValue", problem.message);
  return { kind: "fields", fields: Object(fields) };
}

/** The memory to hand over, instead of copying, when the fields go to another thread. */
export function transferableBytes(prepared: PreparedFields): ArrayBuffer[] {
  if (prepared.kind !== "fields") return [];
  const { ZipFile: zip, Code: code, Content: content } = prepared.fields;
  const inner = [code, content].map((it) =>
    typeof it === "object" && it !== null && "ZipFile" in it ? it.ZipFile : null,
  );
  return [zip, ...inner].flatMap((field) => {
    const bytes = typeof field === "object" && field !== null && "bytes" in field ? field.bytes : null;
    return bytes instanceof Uint8Array && bytes.buffer instanceof ArrayBuffer ? [bytes.buffer] : [];
  });
}

function refused(code: "InvalidParameter" | "InvalidParameterValue", message: string): PreparedFields {
  return { kind: "refused", code, message };
}

interface Problem {
  message: string;
}

const eventFields = new Set(["ClientContext", "Event"]);
const zipFields = new Set(["ZipFile", "Code.ZipFile", "Content.ZipFile"]);

/** A copy without nulls (null means absent), and with the fields that need it decoded. */
function withoutNulls(value: unknown, path: readonly string[], problem: Problem): unknown {
  if (problem.message !== "") return undefined;
  if (path.length > maxDepth) {
    problem.message = `The fields nest deeper than ${maxDepth} levels.`;
    return undefined;
  }
  if (typeof value === "string" && !isStorable(value)) {
    problem.message = `${path.join(".")} has a character that is not allowed: U+0000, or half of a surrogate pair.`;
  }
  if (typeof value !== "object" || value === null) return value;
  if (Array.isArray(value)) return value.map((item, index) => withoutNulls(item, [...path, String(index)], problem));
  const copy: Record<string, unknown> = {};
  for (const [key, inner] of Object.entries(value)) {
    if (inner === null || key === "__proto__") continue;
    const name = [...path, key].join(".");
    if (zipFields.has(name)) copy[key] = zipField(inner);
    else if (eventFields.has(name)) copy[key] = eventField(inner);
    else copy[key] = withoutNulls(inner, [...path, key], problem);
  }
  return copy;
}

/** Text that the database takes and gives back unchanged. */
function isStorable(text: string): boolean {
  return text.isWellFormed() && !text.includes("\0");
}

/** Strict base64 (line breaks allowed): what a decoder would skip or guess is refused. */
function zipField(value: unknown): ZipField {
  if (typeof value !== "string") return { kind: "wrong-type" };
  const text = /\s/.test(value) ? value.replaceAll(/[\t\n\r ]/g, "") : value;
  const wrong = /[^A-Za-z0-9+/]/.exec(text.replace(/={1,2}$/, ""));
  if (wrong !== null) return { kind: "not-base64", problem: `has ${JSON.stringify(wrong[0])} at ${wrong.index}` };
  if (text.length % 4 !== 0) {
    return {
      kind: "not-base64",
      problem: `has ${text.length} characters, which is not a multiple of 4: cut or unpadded`,
    };
  }
  const bytes = Buffer.from(text, "base64");
  if (bytes.buffer.byteLength === bytes.byteLength) return { kind: "zip", bytes };
  return { kind: "zip", bytes: new Uint8Array(bytes) }; // small buffers share Node's pool, which must not be handed over
}

function eventField(value: unknown): EventField {
  if (typeof value !== "string") return { kind: "wrong-type" };
  return { kind: "event", text: value, bytes: Buffer.byteLength(value), problem: jsonProblem(value) };
}

function jsonProblem(text: string): string | null {
  if (!isStorable(text)) return "it has half of a surrogate pair or U+0000";
  try {
    JSON.parse(text);
    return null;
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}
