import fs from "node:fs/promises";
import path from "node:path";
import { build } from "esbuild";
import type { PackageFiles } from "../../deployed-function.ts";
import type { Way } from "./streaming-client.ts";

/** A way to write an HTTP function or service, and what it can say and hear of HTTP's rarer parts. */
export interface StreamingForm {
  readonly title: string;
  /** Also the name of its function. */
  readonly name: string;
  readonly files: () => Promise<PackageFiles>;
  /** Ways in that are worth a try: what a form has in common with another one need not be seen twice. */
  readonly ways: readonly Way[];
  /** Fields of CreateFunction. */
  readonly fields: Readonly<Record<string, unknown>>;
  readonly saysHints: boolean;
  readonly saysTrailers: boolean;
  readonly hearsTrailers: boolean;
  /** Its own server frames its answers: what is more than announced never was part of one. */
  readonly framesItself: boolean;
  /** Hears of a caller that is gone when it neither reads nor writes. */
  readonly hearsWhileHeld: boolean;
}

const ways = ["direct", "node", "h2"] as const;
const all = {
  ways,
  saysHints: true,
  saysTrailers: true,
  hearsTrailers: true,
  framesItself: false,
  hearsWhileHeld: true,
};
const none = {
  ways,
  saysHints: false,
  saysTrailers: false,
  hearsTrailers: false,
  framesItself: false,
  hearsWhileHeld: true,
};
const python = { Runtime: "Python3.10" };

export const streamingForms: readonly StreamingForm[] = [
  {
    title: "function of the Web's Request and Response",
    name: "web",
    files: async () => ({ "index.mjs": await fixture("web-site.mjs") }),
    fields: { Handler: "index.default" },
    ...none,
  },
  {
    title: "function of Node's (req, res)",
    name: "node",
    files: async () => ({
      "index.js": `exports.handler = require("./node-site.cjs").site;`,
      "node-site.cjs": await fixture("node-site.cjs"),
    }),
    fields: { Handler: "index.handler" },
    ...all,
  },
  {
    title: "function that is an Express application",
    name: "express",
    files: async () => ({
      "index.js": await bundled(`exports.app = require("express")().use(require("./node-site.cjs").site);`),
    }),
    fields: { Handler: "index.app" },
    ...all,
    ways: ["node"],
  },
  {
    title: "function of WSGI",
    name: "wsgi",
    files: async () => ({ "index.py": await fixture("wsgi_site.py") }),
    fields: { Handler: "index.app", ...python },
    ...none,
    hearsWhileHeld: false,
  },
  {
    title: "function of ASGI",
    name: "asgi",
    files: async () => ({ "index.py": await fixture("asgi_site.py") }),
    fields: { Handler: "index.app", ...python },
    ...all,
    hearsTrailers: false,
    hearsWhileHeld: false,
  },
  {
    title: "service",
    name: "service",
    files: async () => ({
      "server.js": await bundled(`
        const server = require("node:http").createServer(require("./node-site.cjs").site);
        const sockets = new (require("ws").WebSocketServer)({ server });
        sockets.on("connection", (socket) => socket.on("message", (data) => socket.send(data)));
        server.listen(process.env.PORT);
      `),
      scf_bootstrap: { text: "#!/bin/sh\nexec node server.js\n", mode: 0o755 },
    }),
    fields: { ProtocolType: "WS", ProtocolParams: { WSParams: { IdleTimeOut: 1 } } },
    ...all,
    framesItself: true,
    hearsWhileHeld: false,
  },
];

function fixture(name: string): Promise<string> {
  return fs.readFile(path.join(import.meta.dirname, "fixtures", name), "utf8");
}

/** Source that needs packages of this one, unmodified, as one file. */
async function bundled(contents: string): Promise<string> {
  const { outputFiles } = await build({
    stdin: { contents, resolveDir: path.join(import.meta.dirname, "fixtures") },
    bundle: true,
    platform: "node",
    write: false,
  });
  return outputFiles[0]?.text ?? "";
}
