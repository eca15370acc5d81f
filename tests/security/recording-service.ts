import { once } from "node:events";
import net from "node:net";
import { loopbackPort } from "../loopback-port.ts";

/** A service that keeps the bytes it was sent, and takes them for requests as strictly as the RFC lets it. */
export interface RecordingService extends AsyncDisposable {
  readonly port: number;
  /** Bytes of each connection, latin1. */
  readonly connections: string[];
  /** Each request that came in whole: method, target and body. */
  readonly requests: string[];
  /** Begins anew. */
  clear(): void;
}

export async function startRecordingService(): Promise<RecordingService> {
  const connections: string[] = [];
  const requests: string[] = [];
  const server = net.createServer((socket) => {
    const index = connections.push("") - 1;
    let text = "";
    socket.on("error", () => undefined); // the gateway breaks off what it refuses in the middle
    socket.on("data", (chunk) => {
      connections[index] += chunk.toString("latin1");
      text += chunk.toString("latin1");
      for (let found = readRequest(text); found !== null; found = readRequest(text)) {
        text = text.slice(found.length);
        requests.push(found.request);
        socket.write("HTTP/1.1 200 OK\r\ncontent-length: 5\r\n\r\nheard");
      }
    });
  });
  return {
    port: await loopbackPort(server),
    connections,
    requests,
    clear() {
      for (const index of connections.keys()) connections[index] = "";
      requests.length = 0;
    },
    async [Symbol.asyncDispose]() {
      server.close();
      await once(server, "close");
    },
  };
}

const head = /^([A-Z]+) (\S+) HTTP\/1\.1\r\n((?:[^\r\n]+\r\n)*)\r\n/;
const chunks = /^(?:(?!0)[\da-f]+\r\n[^]*?\r\n)*0\r\n(?:[^\r\n]+\r\n)*\r\n/;

/** Null: there is none yet. What is no request, or has two ways to be read, throws. */
function readRequest(text: string): { request: string; length: number } | null {
  const found = head.exec(text);
  if (found === null) {
    if (text.includes("\r\n\r\n")) throw new Error(`The service got what is no request: ${JSON.stringify(text)}`);
    return null;
  }
  const [whole, method, target, fields = ""] = found;
  const lengths = [...fields.matchAll(/^content-length: (.*)\r$/gim)].map((match) => match[1] ?? "");
  const codings = [...fields.matchAll(/^transfer-encoding: (.*)\r$/gim)].map((match) => match[1]);
  if (lengths.length + codings.length > 1 || /[^\d]/.test(lengths.join("")))
    throw new Error(`The service got two framings: ${fields}`);
  const rest = text.slice(whole.length);
  const body = codings.length === 0 ? rest.slice(0, Number(lengths[0] ?? 0)) : (chunks.exec(rest)?.[0] ?? null);
  if (body === null || body.length < Number(lengths[0] ?? 0)) return null;
  return { request: `${method} ${target} ${JSON.stringify(body)}`, length: whole.length + body.length };
}
