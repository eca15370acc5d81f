import { once } from "node:events";
import { readFileSync } from "node:fs";
import type { Socket } from "node:net";
import { setTimeout as delay } from "node:timers/promises";
import { deploy } from "../deployed-function.ts";
import { startServer, type RunningServer } from "../running-server.ts";
import { median, verdict } from "./load.ts";
import { openWebSocket } from "./ws-load.ts";
import { echoProgram, echoService } from "./ws-service.ts";

/** An instance of a service has 1,024 descriptors. */
const perService = 800;
const targetKb = 20;

/** Bytes of the gateway's process. */
interface Memory {
  readonly resident: number;
  readonly heap: number;
  /** Buffers of ours and of Node's C++, as far as V8 knows of them. */
  readonly external: number;
}

/** What each idle WebSocket to a service costs the gateway, after its garbage was collected; each run has a server of its own. */
export async function measureIdle(connections: number, runs: number): Promise<void> {
  const each: Memory[] = [];
  for (let run = 0; run < runs; run++) each.push(await perConnection(connections));
  const kb = (pick: (memory: Memory) => number): string => (median(each.map(pick)) / 1_024).toFixed(1);
  const runsKb = each.map(({ resident }) => (resident / 1_024).toFixed(1)).join(", ");
  verdict(
    "",
    `RSS of the gateway for each of ${connections} idle WebSocket connections ≤ ${targetKb} KB`,
    `${kb(({ resident }) => resident)} KB (runs: ${runsKb}; heap ${kb(({ heap }) => heap)}, external ${kb(({ external }) => external)})`,
    median(each.map(({ resident }) => resident)) <= targetKb * 1_024,
  );
}

async function perConnection(connections: number): Promise<Memory> {
  const services = Math.max(1, Math.ceil(connections / perService));
  // one instance of each: more are of no use here, and would take memory from the rest
  const environment = { GUST_MAX_INSTANCES: String(services), NODE_OPTIONS: "--inspect-port=127.0.0.1:0" };
  await using server = await startServer({ environment });
  const files = echoService(await echoProgram());
  const hosts: string[] = [];
  for (let i = 0; i < services; i++) hosts.push((await deploy(server, `ws-echo-${i}`, files, { Type: "HTTP" })).host);
  await using inspector = await Inspector.attach(server);
  const sockets: Socket[] = [];
  await open(sockets, 50, server.port, hosts); // what the first ones load, all share
  const before = await inspector.memory();
  await open(sockets, connections, server.port, hosts);
  const after = await inspector.memory();
  const alive = sockets.filter(({ destroyed }) => !destroyed).length;
  for (const socket of sockets) socket.destroy();
  if (alive < connections) throw new Error(`${connections - alive} of the idle connections were closed`);
  const share = (pick: (memory: Memory) => number): number => (pick(after) - pick(before)) / (connections - 50);
  return {
    resident: share(({ resident }) => resident),
    heap: share(({ heap }) => heap),
    external: share(({ external }) => external),
  };
}

/** Opens in steps, so that none waits for its turn longer than a client would, until there are `count`. */
async function open(sockets: Socket[], count: number, port: number, hosts: readonly string[]): Promise<void> {
  while (sockets.length < count) {
    const host = hosts[Math.floor(sockets.length / perService) % hosts.length] ?? "";
    sockets.push(...(await Promise.all(Array.from({ length: 50 }, () => openWebSocket(port, host)))));
  }
}

/** Speaks to a server through Node's inspector, which needs nothing of the server itself. */
class Inspector {
  readonly #pid: number;
  readonly #socket: WebSocket;
  #lastId = 0;

  constructor(pid: number, socket: WebSocket) {
    this.#pid = pid;
    this.#socket = socket;
  }

  static async attach(server: RunningServer): Promise<Inspector> {
    process.kill(server.pid, "SIGUSR1");
    const deadline = Date.now() + 10_000;
    for (;;) {
      const address = /Debugger listening on (ws:\S+)/.exec(server.output())?.[1];
      if (address !== undefined) {
        const socket = new WebSocket(address);
        await once(socket, "open");
        return new Inspector(server.pid, socket);
      }
      if (Date.now() > deadline) throw new Error("The server's inspector does not listen after 10 s");
      await delay(20);
    }
  }

  /** After two full collections, ten seconds from now: what opening connections left behind has been given back to the system then. */
  async memory(): Promise<Memory> {
    await delay(8_000);
    await this.#ask("HeapProfiler.collectGarbage", {});
    await this.#ask("HeapProfiler.collectGarbage", {});
    await delay(2_000);
    const expression = "JSON.stringify(process.memoryUsage())";
    const { result } = await this.#ask("Runtime.evaluate", { expression });
    const { heapUsed, external } = JSON.parse(result?.value ?? "") as NodeJS.MemoryUsage;
    return { resident: residentBytes(this.#pid), heap: heapUsed, external };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#socket.close();
    await once(this.#socket, "close");
  }

  async #ask(method: string, params: object): Promise<{ readonly result?: { readonly value: string } }> {
    const id = ++this.#lastId;
    this.#socket.send(JSON.stringify({ id, method, params }));
    for (;;) {
      const [message] = (await once(this.#socket, "message")) as [{ readonly data: string }];
      const answer = JSON.parse(message.data) as { id?: number; result: { result?: { value: string } } };
      if (answer.id === id) return answer.result;
    }
  }
}

function residentBytes(pid: number): number {
  return 1_024 * Number(/^VmRSS:\s+(\d+)/m.exec(readFileSync(`/proc/${pid}/status`, "latin1"))?.[1] ?? Number.NaN);
}
