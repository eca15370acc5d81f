import type { FunctionLog } from "../../../sdk/src/index.ts";
import type { Style } from "../../terminal/style.ts";
import { readFunctionError } from "./function-error.ts";

/** An entry as lines: the platform's own dimmed, failures marked and with their stack. */
export function renderLog(entry: FunctionLog, style: Style): string {
  const lines = entry.Log.trimEnd().split("\n");
  return lines.map((line) => renderLine(line, entry, style)).join("\n");
}

function renderLine(line: string, entry: FunctionLog, style: Style): string {
  if (line.startsWith("ERROR RequestId:")) {
    const error = readFunctionError(entry.RetMsg)?.text ?? "";
    const isSaid = error === "" || entry.Log.includes(error.split("\n")[0] ?? "");
    return style.red(isSaid ? line : `${line}\n${error}`);
  }
  if (/^(?:START|END|Report|Init Report) RequestId:/.test(line)) return style.dim(line);
  return line;
}
