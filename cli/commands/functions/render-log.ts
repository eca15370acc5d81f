import type { FunctionLog } from "../../../sdk/src/index.ts";
import { withOwnPaths } from "../../own-paths.ts";
import type { Style } from "../../terminal/style.ts";

/** An entry as lines: the platform's own dimmed, failures marked. */
export function renderLog(entry: FunctionLog, style: Style): string {
  const lines = withOwnPaths(entry.Log.trimEnd()).split("\n");
  return lines.map((line) => renderLine(line, style)).join("\n");
}

function renderLine(line: string, style: Style): string {
  if (line.startsWith("ERROR RequestId:")) return style.red(line);
  if (/^(?:START|END|Report|Init Report) RequestId:/.test(line)) return style.dim(line);
  return line;
}
