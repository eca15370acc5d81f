import { languageOf, type FunctionSpec } from "../core/index.ts";
import type { RuntimeName } from "../sandbox/index.ts";

/** Runtimes of the API whose event functions are programs of their own, not handlers that a runtime loads. */
const programRuntimes: readonly string[] = ["CustomRuntime", "Go1"];

/** What serves a function inside its sandbox. */
export function runtimeOf({ form, runtime }: Pick<FunctionSpec, "form" | "runtime">): RuntimeName {
  if (form === "service") return "service";
  return programRuntimes.includes(runtime) ? "custom" : languageOf(runtime);
}
