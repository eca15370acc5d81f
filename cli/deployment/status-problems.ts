import type { GetFunctionResponse, GustClient } from "../../sdk/src/index.ts";
import { CommandFailure, exitCodes } from "../failure.ts";

const shownLines = 20;

/** Throws when a function is not as it should be after a deployment, with the reasons and what it printed. */
export async function explainProblems(
  found: GetFunctionResponse,
  client: GustClient,
  signal: AbortSignal,
): Promise<void> {
  const reasons = (found.StatusReasons ?? []).map(({ ErrorMessage: message }) => message).filter((it) => it !== "");
  if (found.Status === "Active" && reasons.length === 0) return;
  const why = reasons.length === 0 ? found.StatusDesc : reasons.join(" ");
  const printed = /It printed nothing|Its last output:/.test(why) ? "" : await lastLines(found, client, signal);
  const text = printed === "" ? "" : `\nWhat it printed:\n${printed}`;
  throw new CommandFailure(exitCodes.failed, `${found.FunctionName} ${stateOf(found.Status)}: ${why}${text}`, {
    code: found.StatusReasons[0]?.ErrorCode ?? found.Status,
  });
}

function stateOf(status: string): string {
  if (status === "Active") return "is deployed, but does not work";
  return status === "UpdateFailed" ? "is UpdateFailed; what was deployed before goes on answering" : `is ${status}`;
}

/** Lines that an instance wrote outside of calls, newest run last. */
async function lastLines(found: GetFunctionResponse, client: GustClient, signal: AbortSignal): Promise<string> {
  const { Data: data } = await client.request(
    "GetFunctionLogs",
    { FunctionName: found.FunctionName, Namespace: found.Namespace, Limit: 5, Order: "desc" },
    { signal },
  );
  const texts = data.filter(({ Source: source }) => source === "instance").map(({ Log: log }) => log.trimEnd());
  const lines = texts.toReversed().join("\n").split("\n").slice(-shownLines);
  return lines
    .filter((line) => line !== "")
    .map((line) => `  ${line}`)
    .join("\n");
}
