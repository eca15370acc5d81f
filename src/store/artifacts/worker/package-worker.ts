import { parentPort } from "node:worker_threads";
import { PlatformError } from "../../../core/index.ts";
import { CancelFlag, JobCanceled } from "../package/cancel-flag.ts";
import type { JobKind, JobMessage, JobOutcome, Jobs } from "./jobs.ts";
import { hashZip, keepZip, listPackage, readKeptText, readZip, type JobResult } from "./kept-zip.ts";
import { collectPackage, removeTrees } from "./collect-package.ts";
import { mergeTrees } from "./merge-trees.ts";
import { unpackPackage } from "./unpack-package.ts";

type Perform<Kind extends JobKind> = (
  input: Jobs[Kind]["input"],
  cancel: CancelFlag,
) => JobResult<Kind> | Promise<JobResult<Kind>>;

const jobs: { readonly [Kind in JobKind]: Perform<Kind> } = {
  hash: hashZip,
  keep: keepZip,
  read: readZip,
  list: listPackage,
  readText: readKeptText,
  unpack: unpackPackage,
  merge: mergeTrees,
  remove: removeTrees,
  collect: collectPackage,
};

/** The thread in which everything that costs CPU or many file operations happens; one job at a time. */
parentPort?.on("message", (message: JobMessage) => {
  void runJob(message).then(({ outcome, transfer }) => parentPort?.postMessage(outcome, transfer));
});

async function runJob(message: JobMessage): Promise<{ outcome: JobOutcome; transfer: ArrayBuffer[] }> {
  try {
    // A message pairs its kind with the input of that kind, which the compiler cannot follow through a table.
    const perform = jobs[message.kind] as (input: unknown, cancel: CancelFlag) => JobResult | Promise<JobResult>;
    const { output, transfer = [] } = await perform(message.input, new CancelFlag(message.cancel));
    return { outcome: { kind: "done", output }, transfer };
  } catch (error) {
    return { outcome: outcomeOf(error), transfer: [] };
  }
}

function outcomeOf(error: unknown): JobOutcome {
  if (error instanceof JobCanceled) return { kind: "canceled" };
  if (error instanceof PlatformError) {
    return { kind: "failed", code: error.code, message: error.message, cause: error.details.cause };
  }
  return { kind: "failed", code: "InternalError", message: `Work on a package failed: ${String(error)}`, cause: error };
}
