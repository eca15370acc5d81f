import path from "node:path";
import { PlatformError, type Logger, type SandboxId } from "../../../core/index.ts";
import { ResidentPerl } from "../../host-programs/resident-perl.ts";
import { signalName } from "../signal-names.ts";
import { BoxConnections, type BoxEnds } from "./box-connections.ts";

/** What the booter has to know to start a box. */
export interface BootOrder {
  readonly id: SandboxId;
  readonly bundle: string;
  /** The first of its ids on the host. */
  readonly hostId: number;
  /** A ready one to start it in; null: its bundle says that it makes one. */
  readonly networkNamespace: string | null;
}

/** A box's first process, and the server's ends of what it has. */
export interface StartedBox {
  readonly pid: number;
  /** Clock ticks between the boot of the host and its start: tells it from a later process of the same number. */
  readonly startTicks: number;
  readonly ends: BoxEnds;
  /** How the first process ended, after all others of the box; null when nobody can tell, because the booter died before. */
  readonly ended: Promise<WaitStatus | null>;
}

export interface WaitStatus {
  readonly code: number | null;
  readonly signal: string | null;
}

export interface BooterOptions {
  /** Of root alone: nobody else may connect. */
  readonly socketPath: string;
  /** The OCI runtime's program. */
  readonly runtime: string;
  readonly stateRoot: string;
  /** A mount that the runtime must not see (see booter.pl); null: it sees the host as it is. */
  readonly hiddenMount: string | null;
  /** Called with the process as soon as there is one, to put it where it belongs. */
  readonly onStart: (pid: number) => void;
  readonly logger: Logger;
}

interface Boot {
  readonly ends: Promise<BoxEnds>;
  readonly started: (box: { pid: number; startTicks: number }) => void;
  readonly refused: (error: PlatformError) => void;
  isLate: boolean;
}

const program = path.join(import.meta.dirname, "booter.pl");
/** Of a boot that takes 50 ms of processor time, on a host that has much else to do. */
const bootBoundMs = 30_000;
/** After that a booter that was asked to kill a runtime hangs itself. */
const answerBoundMs = 10_000;
/** The ends are connected before the runtime starts, so that all that is missing is that the server sees it. */
const connectBoundMs = 5_000;
const refusalWordsMs = 200;
const maxRefusalWords = 500;

/**
 * The server's half of booter.pl. One process for all boots; when it dies, the next boot starts another, and boxes of the dead one are told of
 * by `ended` resolving to null.
 */
export class Booter implements AsyncDisposable {
  readonly #options: BooterOptions;
  readonly #connections: BoxConnections;
  readonly #boots = new Map<string, Boot>();
  readonly #running = new Map<string, (status: WaitStatus | null) => void>();
  #process: ResidentPerl | null = null;
  #isDisposed = false;

  constructor(options: BooterOptions, connections: BoxConnections) {
    this.#options = options;
    this.#connections = connections;
  }

  static async start(options: BooterOptions): Promise<Booter> {
    return new Booter(options, await BoxConnections.listen(options.socketPath));
  }

  /** Starts the box of a bundle. Rejects with the runtime's own words when it refuses; one that takes too long is killed. */
  async boot(order: BootOrder, { signal }: { signal: AbortSignal }): Promise<StartedBox> {
    const { id, bundle, hostId, networkNamespace } = order;
    signal.throwIfAborted();
    if (this.#isDisposed) throw new PlatformError("InsufficientResources", "The server is stopping");
    const perl = this.#startProcess();
    const ends = this.#connections.expect(id);
    const { promise, resolve, reject } = Promise.withResolvers<{ pid: number; startTicks: number }>();
    const boot: Boot = { ends, started: resolve, refused: reject, isLate: false };
    this.#boots.set(id, boot);
    const ended = new Promise<WaitStatus | null>((settle) => this.#running.set(id, settle));
    perl.say(`boot\t${id}\t${bundle}\t${hostId}\t${networkNamespace ?? ""}`);
    const bound = boundBoot(boot, signal, perl, id);
    try {
      const started = await promise;
      const connected = await withinTime(ends, connectBoundMs);
      if (connected === null) throw new PlatformError("InstanceStartFailed", "A box did not connect to the server");
      return { ...started, ends: connected, ended };
    } catch (error) {
      this.#running.delete(id);
      this.#connections.forget(id);
      void ends.then(closeEnds); // never, if they were not all there to be forgotten
      signal.throwIfAborted();
      throw error;
    } finally {
      bound[Symbol.dispose]();
      this.#boots.delete(id);
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#isDisposed = true;
    await this.#process?.[Symbol.asyncDispose]();
    await this.#connections[Symbol.asyncDispose]();
  }

  #startProcess(): ResidentPerl {
    if (this.#process !== null) return this.#process;
    const { socketPath, runtime, stateRoot, hiddenMount, onStart, logger } = this.#options;
    const perl = new ResidentPerl(program, [socketPath, runtime, stateRoot, hiddenMount ?? ""], {
      title: "booter",
      logger,
      onLine: (line) => this.#onLine(line),
      onEnd: (how) => this.#onEnd(how),
    });
    this.#process = perl;
    if (perl.pid !== undefined) onStart(perl.pid);
    return perl;
  }

  #onLine(line: string): void {
    const [what, id = "", first, second] = line.split("\t");
    if (what === "started") return this.#boots.get(id)?.started({ pid: Number(first), startTicks: Number(second) });
    if (what === "refused") return void this.#onRefused(id, Number(first));
    if (what !== "ended") throw new Error(`the booter said something unknown: ${line}`);
    this.#running.get(id)?.(waitStatus(Number(first)));
    this.#running.delete(id);
  }

  async #onRefused(id: string, status: number): Promise<void> {
    const boot = this.#boots.get(id);
    if (boot === undefined) return;
    const words = await lastWords(boot.ends);
    const { code, signal } = waitStatus(status);
    const ending = signal === null ? `exit code ${code}` : `signal ${signal}`;
    const how = boot.isLate ? `killed after ${bootBoundMs / 1_000} s` : ending;
    boot.refused(
      new PlatformError(
        "InstanceStartFailed",
        `The container runtime ${path.basename(this.#options.runtime)} could not start a box (${how})${words === "" ? "" : `: ${words}`}`,
      ),
    );
  }

  #onEnd(how: string): void {
    this.#process = null;
    if (!this.#isDisposed) this.#options.logger.error({ how }, "The booter ended; its sandboxes end, too");
    for (const { refused } of this.#boots.values()) {
      refused(new PlatformError("InstanceStartFailed", `The booter of sandboxes ended (${how})`));
    }
    for (const settle of this.#running.values()) settle(null);
    this.#running.clear();
  }
}

/** Has the runtime of a boot killed when the signal fires or it takes too long, and kills the booter when that does not answer. */
function boundBoot(boot: Boot, signal: AbortSignal, perl: ResidentPerl, id: SandboxId): Disposable {
  const cancel = (): void => {
    clearTimeout(timer);
    perl.say(`cancel\t${id}`);
    timer = setTimeout(() => perl.kill(), answerBoundMs);
  };
  let timer = setTimeout(() => {
    boot.isLate = true;
    cancel();
  }, bootBoundMs);
  signal.addEventListener("abort", cancel, { once: true });
  return {
    [Symbol.dispose]: () => {
      clearTimeout(timer);
      signal.removeEventListener("abort", cancel);
    },
  };
}

/** Null when it took longer. */
async function withinTime<Value>(work: Promise<Value>, boundMs: number): Promise<Value | null> {
  const late = Promise.withResolvers<null>();
  const timer = setTimeout(late.resolve, boundMs, null);
  const outcome = await Promise.race([work, late.promise]);
  clearTimeout(timer);
  return outcome;
}

/** Of wait(2). */
function waitStatus(status: number): WaitStatus {
  const signal = status & 0x7f;
  if (signal === 0) return { code: status >> 8, signal: null };
  return { code: null, signal: signalName(signal) ?? String(signal) };
}

function closeEnds(ends: BoxEnds): void {
  for (const socket of Object.values(ends)) socket.destroy();
}

/** What a runtime that refused has written: its end of stderr is closed by now, unless it has left somebody behind. */
async function lastWords(ends: Promise<BoxEnds>): Promise<string> {
  const found = await withinTime(ends, refusalWordsMs);
  if (found === null) return "";
  let words = "";
  found.stderr.on("data", (chunk: Buffer) => (words += chunk.toString()));
  await withinTime(new Promise((resolve) => found.stderr.once("close", resolve)), refusalWordsMs);
  closeEnds(found);
  return words.trim().replaceAll(/\s+/g, " ").slice(0, maxRefusalWords);
}
