import { once } from "node:events";
import { buffer } from "node:stream/consumers";
import yazl from "yazl";
import { GustClient } from "../sdk/src/client.ts";
import type { RunningServer } from "./running-server.ts";

/** Files of a code package by path; executable ones as `{ text, mode }`. */
export type PackageFiles = Readonly<
  Record<string, string | Uint8Array | { readonly text: string | Uint8Array; readonly mode: number }>
>;

export interface DeployedFunction {
  readonly name: string;
  /** Path form of the public URL, ending in `/`; empty for event functions. */
  readonly url: string;
  /** Host name of the public domain; empty for event functions. */
  readonly host: string;
}

export function clientOf(server: RunningServer): GustClient {
  return new GustClient(server.credentials);
}

/** Base64 of a zip with these files. */
export async function zipOf(files: PackageFiles): Promise<string> {
  const zip = new yazl.ZipFile();
  for (const [name, content] of Object.entries(files)) {
    const { text, mode } =
      typeof content === "string" || content instanceof Uint8Array ? { text: content, mode: 0o644 } : content;
    zip.addBuffer(Buffer.from(text), name, { mode, mtime: new Date(0) });
  }
  const collected = buffer(zip.outputStream);
  zip.end();
  return (await collected).toString("base64");
}

/** Creates a function from files and waits until it is Active. `parameters` are fields of CreateFunction. */
export async function deploy(
  server: RunningServer,
  name: string,
  files: PackageFiles,
  parameters: Readonly<Record<string, unknown>> = {},
): Promise<DeployedFunction> {
  const client = clientOf(server);
  await client.call("CreateFunction", {
    FunctionName: name,
    Handler: "index.main_handler",
    Runtime: "Nodejs26",
    ...parameters,
    Code: { ZipFile: await zipOf(files) },
  });
  return waitUntilActive(server, name);
}

/** Polls GetFunction, as tools do. Rejects when the function failed or a service said why it does not listen. */
export async function waitUntilActive(server: RunningServer, name: string): Promise<DeployedFunction> {
  const client = clientOf(server);
  const deadline = Date.now() + 60_000;
  for (;;) {
    const found = await client.call("GetFunction", { FunctionName: name });
    const status = String(found["Status"]);
    if (status.endsWith("Failed")) throw new Error(`${name} is ${status}: ${JSON.stringify(found["StatusReasons"])}`);
    if (status === "Active") return describe(server, name, found);
    if (Date.now() > deadline) throw new Error(`${name} is still ${status} after 60 s`);
    await once(AbortSignal.timeout(10), "abort");
  }
}

function describe(server: RunningServer, name: string, found: Record<string, unknown>): DeployedFunction {
  const host = hostOf(found["AccessInfo"]);
  return { name, host, url: host === "" ? "" : `${server.url}/~default/${name}/` };
}

function hostOf(accessInfo: unknown): string {
  if (typeof accessInfo !== "object" || accessInfo === null || !("Host" in accessInfo)) return "";
  return String(accessInfo.Host);
}
