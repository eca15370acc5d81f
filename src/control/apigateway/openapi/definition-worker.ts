import { parentPort, workerData } from "node:worker_threads";
import { Validator } from "@seriousme/openapi-schema-validator";

/** Says what is wrong with a definition; null: nothing. */
const { valid: isValid, errors } = await new Validator().validate(workerData);
const problem = typeof errors === "string" ? errors : JSON.stringify(errors?.at(0) ?? "");
parentPort?.postMessage(isValid ? null : problem, []);
