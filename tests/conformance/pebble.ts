import { execFile, spawn } from "node:child_process";
import { once } from "node:events";
import fs from "node:fs/promises";
import net from "node:net";
import os from "node:os";
import path from "node:path";
import { promisify } from "node:util";
import { freePort, loopbackPort } from "../loopback-port.ts";
import { MadeAuthority } from "../made-certificates.ts";
import type { Prepared } from "./third-party-programs.ts";

const execute = promisify(execFile);
const version = "v2.10.3";
const cache = path.resolve(import.meta.dirname, "../../node_modules/.cache/third-party");

/** Let's Encrypt's ACME server for tests, as it is published. */
async function buildPebble(): Promise<Prepared<string>> {
  try {
    await execute("go", ["version"]);
  } catch {
    return { kind: "absent", reason: "Go is not installed here" };
  }
  const program = path.join(cache, `pebble-${version}`, "pebble");
  try {
    const env = { ...process.env, GOBIN: path.dirname(program), CGO_ENABLED: "0" };
    await execute("go", ["install", `github.com/letsencrypt/pebble/v2/cmd/pebble@${version}`], { env });
  } catch (error) {
    return { kind: "absent", reason: `Pebble cannot be built: ${String(error).split("\n", 2).join(" ")}` };
  }
  return { kind: "ready", value: program };
}

export interface Pebble extends AsyncDisposable {
  readonly directory: string;
  /** PEM file of the authority that its own HTTPS is certified by. */
  readonly caFile: string;
  /** Root of the certificates that it issues. */
  root(): Promise<string>;
  /** Domains of which it finds no address. */
  readonly unknownDomains: Set<string>;
}

/** Looks for every domain at this host, and for its proof at `httpPort`. */
export async function startPebble(httpPort: number): Promise<Prepared<Pebble>> {
  const program = await buildPebble();
  if (program.kind === "absent") return program;
  await using parts = new AsyncDisposableStack();
  const folder = await fs.mkdtemp(path.join(os.tmpdir(), "gust-pebble-"));
  parts.defer(() => fs.rm(folder, { recursive: true, force: true }));
  const unknownDomains = new Set<string>();
  const names = parts.use(await startNames(unknownDomains));
  const [port, management] = [await freePort(), await freePort()];
  const authority = new MadeAuthority();
  const { certificate, key } = authority.issue(["localhost"]);
  const file = (name: string): string => path.join(folder, name);
  const pebble = {
    listenAddress: `127.0.0.1:${port}`,
    managementListenAddress: `127.0.0.1:${management}`,
    certificate: file("cert.pem"),
    privateKey: file("key.pem"),
    httpPort,
    tlsPort: 1,
    retryAfter: { authz: 1, order: 1 },
    profiles: { default: { description: "for tests", validityPeriod: 7_776_000 } },
  };
  await fs.writeFile(file("ca.pem"), authority.certificate);
  await fs.writeFile(file("cert.pem"), certificate);
  await fs.writeFile(file("key.pem"), key);
  await fs.writeFile(file("config.json"), JSON.stringify({ pebble }));
  const options = ["-config", file("config.json"), "-dnsserver", `127.0.0.1:${names.port}`];
  const child = spawn(program.value, options, {
    stdio: ["ignore", "pipe", "ignore"],
    env: { PATH: process.env["PATH"], PEBBLE_VA_NOSLEEP: "1", PEBBLE_AUTHZREUSE: "0" },
  });
  parts.defer(async () => {
    const isOver = child.exitCode !== null || child.signalCode !== null;
    if (!isOver && child.kill()) await once(child, "exit");
  });
  await listening(child.stdout);
  const moved = parts.move();
  return {
    kind: "ready",
    value: {
      directory: `https://localhost:${port}/dir`,
      caFile: file("ca.pem"),
      unknownDomains,
      root: async () => {
        const url = `https://localhost:${management}/roots/0`;
        return (await execute("curl", ["--silent", "--fail", "--cacert", file("ca.pem"), url])).stdout;
      },
      [Symbol.asyncDispose]: () => moved.disposeAsync(),
    },
  };
}

/** Reads on afterwards: a Go program ends when nobody does. */
function listening(output: NodeJS.ReadableStream): Promise<void> {
  let text = "";
  return new Promise((resolve, reject) => {
    output.on("data", (chunk) => {
      text += String(chunk);
      if (/ACME directory available/.test(text)) resolve();
    });
    output.on("end", () => reject(new Error(`Pebble ended before it listened: ${text}`)));
  });
}

const addressType = 1;

/** A name server over TCP that finds every name at 127.0.0.1, but for the unknown ones. */
async function startNames(unknown: ReadonlySet<string>): Promise<AsyncDisposable & { readonly port: number }> {
  const server = net.createServer((socket) => {
    let received = Buffer.alloc(0);
    socket.on("error", () => socket.destroy());
    socket.on("data", (chunk: Buffer) => {
      received = Buffer.concat([received, chunk]);
      while (received.length >= 2 && received.length >= 2 + received.readUInt16BE(0)) {
        const end = 2 + received.readUInt16BE(0);
        const reply = answerOf(received.subarray(2, end), unknown);
        received = received.subarray(end);
        socket.write(Buffer.concat([Buffer.from([reply.length >> 8, reply.length & 0xff]), reply]));
      }
    });
  });
  const port = await loopbackPort(server);
  const close = async (): Promise<void> => {
    server.close();
  };
  return { port, [Symbol.asyncDispose]: close };
}

function answerOf(query: Buffer, unknown: ReadonlySet<string>): Buffer {
  const end = query.indexOf(0, 12);
  const labels: string[] = [];
  for (let at = 12; at < end; at += 1 + (query[at] ?? 0)) {
    labels.push(query.toString("latin1", at + 1, at + 1 + (query[at] ?? 0)));
  }
  const isFound = query.readUInt16BE(end + 1) === addressType && !unknown.has(labels.join(".").toLowerCase());
  const head = Buffer.from([query[0] ?? 0, query[1] ?? 0, 0x81, 0x80, 0, 1, 0, isFound ? 1 : 0, 0, 0, 0, 0]);
  const answer = Buffer.from([0xc0, 12, 0, addressType, 0, 1, 0, 0, 0, 0, 0, 4, 127, 0, 0, 1]);
  return Buffer.concat([head, query.subarray(12, end + 5), ...(isFound ? [answer] : [])]);
}
