import path from "node:path";
import { deploy, type PackageFiles } from "../deployed-function.ts";
import type { RunningServer } from "../running-server.ts";
import { nodeHandler, type Anchors } from "./anchors.ts";
import { descendantsNamed, withDescendants, type Program } from "./processes.ts";

/** Rows that are compared with one another. */
export const groups = ["hello", "16k", "1m", "tls", "h2"] as const;
type Group = (typeof groups)[number];

export interface Contestant {
  readonly name: string;
  readonly group: Group;
  readonly url: string;
  readonly headers?: Readonly<Record<string, string>>;
  /** Processes of what stands before the handler, and of the handler. */
  readonly front: () => readonly number[];
  readonly back: () => readonly number[];
}

/** What makes one, by its name; nothing is started before. */
export interface Entry {
  readonly name: string;
  readonly group: Group;
  make(): Promise<Contestant>;
}

const plainText = `{ headers: { "content-type": "text/plain" } }`;
const bootstrap = { text: `#!/bin/sh\nexec node server.js\n`, mode: 0o755 };

interface Shape {
  readonly files: PackageFiles;
  readonly handler?: string;
}

const web = (body: string): Shape => ({
  handler: "index.fetch",
  files: { "index.mjs": `const body = ${body}; export const fetch = () => new Response(body, ${plainText});` },
});

const shapes = {
  web: web(`"hello"`),
  "web-16k": web(`"x".repeat(16384)`),
  "web-1m": web(`new Uint8Array(1048576).fill(120)`),
  node: {
    handler: "index.main",
    files: {
      "index.js": `exports.main = (req, res) => { res.writeHead(200, { "content-type": "text/plain" }); res.end("hello"); };`,
    },
  },
  service: { files: { "server.js": nodeHandler, scf_bootstrap: bootstrap } },
} satisfies Record<string, Shape>;

async function expressFiles(): Promise<PackageFiles> {
  const { build } = await import("esbuild");
  const bundle = await build({
    stdin: {
      contents: `const app = require("express")(); app.get("/", (req, res) => res.type("text/plain").send("hello")); module.exports = app;`,
      resolveDir: path.resolve(import.meta.dirname, "../.."),
    },
    bundle: true,
    platform: "node",
    write: false,
  });
  return { "index.js": bundle.outputFiles[0]?.text ?? "" };
}

/** What the rows are made of: the anchors, and a server whose TLS port is known. */
export interface Grounds {
  readonly anchors: Anchors;
  readonly server: () => Promise<RunningServer>;
  readonly tlsPort: number;
}

/** All rows there are. */
export function entries(grounds: Grounds): readonly Entry[] {
  const { anchors } = grounds;
  const handler = once(() => anchors.handler());
  const behind = (make: (port: number) => Promise<Program>): (() => Promise<Sides>) =>
    once(async () => sidesOf(await make((await handler()).port), await handler()));
  const alone = once(async () => sidesOf(await handler(), null));
  const caddy = behind((port) => anchors.caddy(port));
  const haproxy = behind((port) => anchors.haproxy(port));
  const caddyTls = behind((port) => anchors.caddy(port, true));
  const haproxyTls = behind((port) => anchors.haproxy(port, true));
  const anchor = (name: string, group: Group, sides: () => Promise<Sides>, target = "/"): Entry => {
    const scheme = group === "tls" || group === "h2" ? "https" : "http";
    const make = async (): Promise<Contestant> => {
      const { port, ...processes } = await sides();
      return { name, group, url: `${scheme}://127.0.0.1:${port}${target}`, ...processes };
    };
    return { name, group, make };
  };
  return [
    anchor("node", "hello", alone),
    anchor("caddy", "hello", caddy),
    anchor("haproxy", "hello", haproxy),
    anchor("workerd", "hello", async () => sidesOf(await anchors.workerd(), null)),
    ...gustEntries(grounds),
    ...(["16k", "1m"] as const).flatMap((size) => [
      anchor(`node-${size}`, size, alone, `/${size}`),
      anchor(`caddy-${size}`, size, caddy, `/${size}`),
      anchor(`haproxy-${size}`, size, haproxy, `/${size}`),
    ]),
    ...(["tls", "h2"] as const).flatMap((group) => [
      anchor(`caddy-${group}`, group, caddyTls),
      anchor(`haproxy-${group}`, group, haproxyTls),
    ]),
  ];
}

interface Sides {
  readonly port: number;
  readonly front: () => readonly number[];
  readonly back: () => readonly number[];
}

function sidesOf(front: Program, back: Program | null): Sides {
  return { port: front.port, front: () => withDescendants(front.pid), back: () => (back === null ? [] : [back.pid]) };
}

function gustEntries(grounds: Grounds): readonly Entry[] {
  const deployed = new Map<string, Promise<{ readonly host: string }>>();
  const hostOf = async (shape: keyof typeof shapes | "express"): Promise<string> => {
    const found = deployed.get(shape) ?? deployShape(await grounds.server(), shape);
    deployed.set(shape, found);
    return (await found).host;
  };
  const entry = (group: Group, kind: string, shape: keyof typeof shapes | "express", target = "/"): Entry => {
    const name = group === "hello" ? `gust-${kind}` : `gust-${kind}-${group}`;
    const make = async (): Promise<Contestant> => {
      const { pid, port } = await grounds.server();
      const origin =
        group === "tls" || group === "h2" ? `https://127.0.0.1:${grounds.tlsPort}` : `http://127.0.0.1:${port}`;
      const headers = { Host: await hostOf(shape) };
      return { name, group, url: origin + target, headers, front: () => [pid], back: () => sandboxesOf(pid) };
    };
    return { name, group, make };
  };
  return [
    entry("hello", "web", "web"),
    entry("hello", "node", "node"),
    entry("hello", "service", "service"),
    entry("hello", "express", "express"),
    ...(["16k", "1m"] as const).flatMap((size) => [
      entry(size, "web", `web-${size}`),
      entry(size, "service", "service", `/${size}`),
    ]),
    ...(["tls", "h2"] as const).flatMap((group) => [entry(group, "web", "web"), entry(group, "service", "service")]),
  ];
}

async function deployShape(server: RunningServer, shape: keyof typeof shapes | "express"): Promise<{ host: string }> {
  const { files, handler }: Shape =
    shape === "express" ? { handler: "index.default", files: await expressFiles() } : shapes[shape];
  return deploy(server, `gust-${shape}`, files, { Type: "HTTP", Handler: handler ?? "" });
}

/** All that the server started but its database, whose work is on the other core. */
function sandboxesOf(pid: number): number[] {
  const postgres = new Set(descendantsNamed(pid, "postgres"));
  return withDescendants(pid).filter((each) => each !== pid && !postgres.has(each));
}

/** Made at the first call, and then had. */
function once<Value>(make: () => Promise<Value>): () => Promise<Value> {
  let made: Promise<Value> | null = null;
  return () => {
    made ??= make();
    return made;
  };
}
