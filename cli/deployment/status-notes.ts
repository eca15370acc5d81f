import type { GetFunctionResponse } from "../../sdk/src/index.ts";

type Reason = GetFunctionResponse["StatusReasons"][number];

/** Reasons that only say how a function runs, or that it may lack something, not that it does not run. */
const noteCodes: ReadonlySet<string> = new Set(["RuntimeSubstituted", "PackagesMissing", "NothingInstalled"]);

/** What a function's owner should know of it, apart from what is wrong. */
export function notesOf({ StatusReasons: reasons }: GetFunctionResponse): Reason[] {
  return reasons.filter(({ ErrorCode: code }) => noteCodes.has(code));
}

/** What is wrong with a function. */
export function problemsOf({ StatusReasons: reasons }: GetFunctionResponse): Reason[] {
  return reasons.filter(({ ErrorCode: code }) => !noteCodes.has(code));
}
