import { parentPort, workerData } from "node:worker_threads";
import { Validator } from "@seriousme/openapi-schema-validator";

/** Says what is wrong with a definition; null: nothing. */
const { valid: isValid, errors } = await new Validator().validate(workerData);
const problem = typeof errors === "string" ? errors : sentenceOf(errors?.at(0));
parentPort?.postMessage(isValid ? null : problem, []);

/** What the validator found, as one says it. */
function sentenceOf(found: { readonly instancePath?: string; readonly message?: string } | undefined): string {
  const { instancePath: place = "", message = "is wrong" } = found ?? {};
  return `${place === "" ? "it" : place} ${message}`;
}
