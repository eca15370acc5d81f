import type { GetFunctionResponse } from "../../sdk/src/index.ts";
import { CommandFailure, exitCodes } from "../failure.ts";
import { withOwnPaths } from "../own-paths.ts";
import { problemsOf } from "./status-notes.ts";

/** Throws when a function is not as it should be after a deployment, with the reasons; a service's have what it printed. */
export function explainProblems(found: GetFunctionResponse): void {
  const problems = problemsOf(found);
  const reasons = problems.map(({ ErrorMessage: message }) => message).filter((it) => it !== "");
  if (found.Status === "Active" && reasons.length === 0) return;
  const why = withOwnPaths(reasons.length === 0 ? found.StatusDesc : reasons.join(" ")).trimEnd();
  throw new CommandFailure(exitCodes.failed, `${found.FunctionName} ${stateOf(found.Status)}: ${why}`, {
    code: problems[0]?.ErrorCode ?? found.Status,
  });
}

function stateOf(status: string): string {
  if (status === "Active") return "is deployed, but does not work";
  return status === "UpdateFailed" ? "is UpdateFailed, and what was deployed before stays as it was" : `is ${status}`;
}
