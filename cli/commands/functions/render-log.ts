import type { FunctionLog } from "../../../sdk/src/index.ts";
import { withOwnPaths } from "../../own-paths.ts";
import { localTime } from "../../terminal/table.ts";
import type { Style } from "../../terminal/style.ts";

/** An entry as lines: the platform's own dimmed and the first with its time, failures marked. */
export function renderLog(entry: FunctionLog, style: Style): string {
  const [first = "", ...more] = withOwnPaths(entry.Log.trimEnd()).split("\n");
  const opening = `${style.dim(localTime(entry.StartTime))} ${renderLine(first, style)}`;
  return [opening, ...more.map((line) => renderLine(line, style))].join("\n");
}

function renderLine(line: string, style: Style): string {
  if (line.startsWith("ERROR RequestId:")) return style.red(line);
  if (/^(?:START|END|Report|Init Report) RequestId:/.test(line)) return style.dim(line);
  return line;
}
