import { execFile } from "node:child_process";
import { writeFileSync } from "node:fs";
import { mkdir } from "node:fs/promises";
import path from "node:path";
import { promisify } from "node:util";
import { freePort } from "../loopback-port.ts";
import { keptDirectory } from "../kept-directory.ts";
import { startProgram, type Program } from "./processes.ts";

const run = promisify(execFile);

/** A handler as the anchors have behind them, and as a service of Gust: an answer of the size that its path names. */
export const nodeHandler = `const bodies = { "/16k": "x".repeat(16384), "/1m": Buffer.alloc(1048576, "x") };
require("node:http").createServer((req, res) => {
  res.writeHead(200, { "content-type": "text/plain" });
  res.end(bodies[req.url] ?? "hello");
}).listen(Number(process.argv[2] ?? process.env.PORT), "0.0.0.0");`;

/** Starts what Gust is compared with, on one core; each listens on 127.0.0.1. Everything ends with `programs`. */
export class Anchors {
  readonly #programs: AsyncDisposableStack;
  readonly #scratch: string;
  readonly #core: number;
  #certificate: Promise<{ readonly key: string; readonly certificate: string; readonly both: string }> | null = null;

  constructor(programs: AsyncDisposableStack, scratch: string, core: number) {
    this.#programs = programs;
    this.#scratch = scratch;
    this.#core = core;
  }

  async handler(): Promise<Program> {
    const port = await freePort();
    return this.#start([process.execPath, this.#write("handler.cjs", nodeHandler), String(port)], port);
  }

  /** In front of a handler: a port, or an address with its port; HTTP/2, too, where it has TLS. */
  async caddy(handler: number | string, hasTls = false): Promise<Program> {
    const port = await freePort();
    const { key, certificate } = hasTls ? await this.#tls() : { key: "", certificate: "" };
    const options = "{\n  admin off\n  auto_https off\n  default_sni 127.0.0.1\n  log {\n    level PANIC\n  }\n}\n";
    const upstream = typeof handler === "number" ? `127.0.0.1:${handler}` : handler;
    const tls = hasTls ? `  tls ${certificate} ${key}\n` : "";
    const site = `http${hasTls ? "s" : ""}://127.0.0.1:${port} {\n${tls}  reverse_proxy ${upstream}\n}\n`;
    const file = this.#write(`Caddyfile-${port}`, options + site);
    return this.#start(["caddy", "run", "--adapter", "caddyfile", "--config", file], port);
  }

  async haproxy(handler: number, hasTls = false): Promise<Program> {
    const port = await freePort();
    const tls = hasTls ? ` ssl crt ${(await this.#tls()).both} alpn h2,http/1.1` : "";
    const lines = [
      "global",
      "  nbthread 1",
      "defaults",
      "  mode http",
      "  timeout connect 5s",
      "  timeout client 60s",
      "  timeout server 60s",
      "  http-reuse always",
      "listen hello",
      `  bind 127.0.0.1:${port}${tls}`,
      `  server handler 127.0.0.1:${handler}`,
      "",
    ];
    return this.#start(["haproxy", "-f", this.#write(`haproxy-${port}.cfg`, lines.join("\n"))], port);
  }

  /** A Web handler in Cloudflare's runtime: front and handler in one process, without anything between tenants. */
  async workerd(): Promise<Program> {
    const port = await freePort();
    const config = `using Workerd = import "/workerd/workerd.capnp";
const config :Workerd.Config = (
  services = [ (name = "hello", worker = .hello) ],
  sockets = [ (name = "http", address = "127.0.0.1:${port}", http = (), service = "hello") ]
);
const hello :Workerd.Worker = (
  modules = [ (name = "index", esModule =
    "const headers = { 'content-type': 'text/plain' }; export default { fetch() { return new Response('hello', { headers }); } };") ],
  compatibilityDate = "2026-10-01",
);
`;
    return this.#start([await workerdProgram(), "serve", this.#write("hello.capnp", config)], port);
  }

  async #start(command: readonly string[], port: number): Promise<Program> {
    return this.#programs.use(await startProgram(["taskset", "-c", String(this.#core), ...command], port));
  }

  #write(name: string, text: string): string {
    const file = path.join(this.#scratch, name);
    writeFileSync(file, text);
    return file;
  }

  #tls() {
    this.#certificate ??= this.#issue();
    return this.#certificate;
  }

  async #issue() {
    const [key, certificate, both] = ["key.pem", "cert.pem", "both.pem"].map((name) => path.join(this.#scratch, name));
    const curve = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "2"];
    const name = ["-subj", "/CN=127.0.0.1", "-addext", "subjectAltName=IP:127.0.0.1"];
    const files = ["-keyout", key ?? "", "-out", certificate ?? ""];
    await run("openssl", ["req", "-x509", ...curve, ...name, ...files]);
    await run("sh", ["-c", 'cat "$1" "$2" > "$3"', "sh", certificate ?? "", key ?? "", both ?? ""]);
    return { key: key ?? "", certificate: certificate ?? "", both: both ?? "" };
  }
}

const workerdVersion = "1.20261117.1";

/** From npm, kept between runs; no script of the package is needed, nor run. */
async function workerdProgram(): Promise<string> {
  const parent = path.resolve(import.meta.dirname, "../../node_modules/.cache");
  await mkdir(parent, { recursive: true });
  const name = "@cloudflare/workerd-linux-64";
  const kept = await keptDirectory({
    name: "workerd",
    content: workerdVersion,
    parent,
    async make(directory) {
      await mkdir(directory, { recursive: true });
      await run("npm", [
        "install",
        "--ignore-scripts",
        "--no-save",
        "--prefix",
        directory,
        `${name}@${workerdVersion}`,
      ]);
    },
  });
  return path.join(kept, "node_modules", name, "bin/workerd");
}
