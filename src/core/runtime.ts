/** Language of the handlers of a `Runtime` of the API. */
export type Language = "node" | "python";

export function languageOf(runtime: string): Language {
  return runtime.startsWith("Python") ? "python" : "node";
}

/**
 * What a function's owner should know of the interpreter: that another version runs than the one asked for; null when
 * it is that one. Names of Node.js are promised to run on the platform's own.
 */
export function runtimeSubstitution(runtime: string, actualVersion: string): string | null {
  const asked = /^Python(\d+\.\d+)$/.exec(runtime)?.[1];
  if (asked === undefined || actualVersion === asked || actualVersion.startsWith(`${asked}.`)) return null;
  return `${runtime} runs on Python ${actualVersion}, the python3 of this host`;
}
