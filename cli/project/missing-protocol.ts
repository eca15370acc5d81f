import fs from "node:fs/promises";
import path from "node:path";
import { isMissing } from "../failure.ts";
import type { ProjectFunction } from "./project.ts";
import { hasWebSocketRoute } from "./recognise/python-source.ts";

/** What a person should know of an HTTP function in Python that has a route for WebSockets and is not told to take any. */
export async function missingProtocol(
  { name, type, runtime, handler, code }: ProjectFunction,
  protocolType: string | undefined,
): Promise<string[]> {
  if (type !== "HTTP" || handler === undefined || !runtime.startsWith("Python") || protocolType === "WS") return [];
  const file = `${handler.slice(0, handler.lastIndexOf("."))}.py`;
  const text = await fs.readFile(path.join(code.path, file), "utf8").catch((error: unknown) => {
    if (isMissing(error) || (error instanceof Error && "code" in error && error.code === "ENOTDIR")) return ""; // a zip
    throw error;
  });
  if (!hasWebSocketRoute(text)) return [];
  return [
    `${file} has a route for WebSockets, but ${name} is without ProtocolType: WS, so that it gets them as plain requests. ` +
      "It goes into template.yaml (gust deploy --write makes one), and holds from the function's creation: one that exists has to be deleted first",
  ];
}
