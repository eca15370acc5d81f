/** The three forms of functions. */
export type FunctionForm = "event" | "http" | "service";

export const formNames: Readonly<Record<FunctionForm, string>> = {
  event: "event function",
  http: "HTTP function",
  service: "HTTP service",
};

/** Fields that ListFunctions has, too. */
interface Summary {
  readonly Type: string;
  readonly Runtime: string;
}

/** The form of a function, from what GetFunction says: what scf_bootstrap starts has no Handler. */
export function formOf(found: Summary & { readonly Handler: string }): FunctionForm {
  return formOfSummary(found) ?? (found.Handler === "" ? "service" : "http");
}

/** The form of an entry of ListFunctions; null where only its Handler could tell. */
export function formOfSummary({ Type: type, Runtime: runtime }: Summary): FunctionForm | null {
  if (type === "Event") return "event";
  return type === "Service" || runtime.endsWith("-service") || runtime === "CustomRuntime" ? "service" : null;
}
