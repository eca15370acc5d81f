import { limits, newRequestId, newSandboxId, PlatformError, type LogLine } from "../../core/index.ts";
import {
  buildProgram,
  type AssignedPaths,
  type CallReceiver,
  type InitMessage,
  type Sandbox,
  type SandboxDriver,
} from "../../sandbox/index.ts";

/** One build. */
export interface BuildRequest {
  /** Directory on the host with the unpacked package. */
  readonly codeDirectory: string;
  /** Which build of `runtimes/build`. */
  readonly task: "install" | "bundle" | "bytecode";
  /** What it needs to know, as JSON. */
  readonly fields: Readonly<Record<string, unknown>>;
  readonly timeLimitS: number;
  /** Folder on the host with the function's own `node`; the platform's own where absent. */
  readonly binDirectory?: string | undefined;
  /** Whether nothing outside is reached meanwhile: only where the driver isolates the network. */
  readonly isOffline?: boolean;
}

/** What came of it: a package, nothing because there is nothing to do, or why it cannot be had. */
export type BuildOutcome =
  | { readonly kind: "made"; readonly zip: Buffer; readonly note: string }
  | { readonly kind: "nothing"; readonly reason: string }
  | { readonly kind: "failed"; readonly reason: string };

export interface BuildSurroundings {
  readonly driver: Pick<SandboxDriver, "create">;
  /** What it prints, with the name of its box. */
  readonly onLine: (boxId: string, line: LogLine) => void;
}

const memoryMb = 2_048;
const longestNote = 8_192;

/**
 * Builds in a box of its own that is thrown away afterwards, and yields to all others meanwhile. What comes out of it is as little to be
 * trusted as any upload. Rejects when the platform could not build.
 */
export async function runBuild(
  request: BuildRequest,
  { driver, onLine }: BuildSurroundings,
  { signal }: { signal: AbortSignal },
): Promise<BuildOutcome> {
  const timeout = AbortSignal.timeout(request.timeLimitS * 1_000);
  const either = AbortSignal.any([signal, timeout]);
  try {
    const { binDirectory } = request;
    const program = { ...buildProgram, ...(binDirectory === undefined ? {} : { binDirectory }) };
    await using box = await driver.create({ id: newSandboxId(), program }, { signal: either });
    box.channel.onLog = boundedLog((line) => onLine(box.id, line));
    const { codeDirectory, isOffline = false } = request;
    const assignment = { codeDirectory, memoryMb, isOffline, isBackground: true };
    await box.assign(assignment, { signal: either });
    const paths = box.paths(assignment);
    const opened = await box.channel.init(initMessage(paths), { signal: either });
    if (opened.kind === "failed") throw new PlatformError("InternalError", opened.failure.message);
    const fields = { ...request.fields, interpreterDirectory: paths.interpreterDirectory };
    return await callBuild(box, { ...request, fields }, either);
  } catch (error) {
    if (signal.aborted || !timeout.aborted) throw error;
    return { kind: "failed", reason: `it took longer than ${request.timeLimitS} s, which is the limit` };
  }
}

function initMessage({ codeRoot }: AssignedPaths): InitMessage {
  const nobody = { name: "", namespace: "", version: "", region: "", appId: "", uin: "" };
  return {
    form: "http",
    handler: "",
    codeRoot,
    environment: {},
    function: { ...nobody, memoryMb, timeoutMs: 0 },
    maxResultBytes: limits.package.zipBytes,
    initTimeoutMs: 0,
  };
}

async function callBuild(box: Sandbox, request: BuildRequest, signal: AbortSignal): Promise<BuildOutcome> {
  const answer = new BuildAnswer();
  const abort = (): void => answer.reject(signal.reason);
  signal.addEventListener("abort", abort, { once: true });
  try {
    const call = box.channel.open(
      {
        kind: "http",
        requestId: newRequestId(),
        deadlineMs: 0,
        method: "POST",
        target: `/${request.task}`,
        pairs: [],
        body: JSON.stringify(request.fields),
      },
      answer,
    );
    answer.onBytes = (bytes) => call.grant(bytes);
    return await answer.outcome;
  } catch (error) {
    if (!(error instanceof BoxEnded)) throw error;
    const { kind } = await box.kill();
    if (kind === "memory") return { kind: "failed", reason: `it needs more than ${memoryMb} MB, which is the limit` };
    throw new PlatformError("InternalError", `A build ended before it answered: ${error.message}`);
  } finally {
    signal.removeEventListener("abort", abort);
  }
}

/** The box said that it failed, or is gone. */
class BoxEnded extends Error {}

/** Collects the answer of a build, which may be anything. */
class BuildAnswer implements CallReceiver {
  onBytes: (bytes: number) => void = () => undefined;
  readonly outcome: Promise<BuildOutcome>;
  readonly reject: (error: unknown) => void;
  readonly #resolve: (outcome: BuildOutcome) => void;
  #status = 0;
  #note = "";
  #chunks: Buffer[] = [];
  #bytes = 0;

  constructor() {
    const { promise, resolve, reject } = Promise.withResolvers<BuildOutcome>();
    this.outcome = promise;
    this.#resolve = resolve;
    this.reject = reject;
  }

  onHead(status: number, pairs: readonly string[], body: Buffer | null): void {
    this.#status = status;
    const at = pairs.findIndex((name, index) => index % 2 === 0 && name.toLowerCase() === "x-gust-note");
    this.#note = at === -1 ? "" : decodeNote(pairs[at + 1] ?? "");
    if (body !== null) this.#keep(body);
  }

  onData(chunk: Buffer): void {
    this.#keep(chunk);
    this.onBytes(chunk.length);
  }

  onEnd(): void {
    const kinds: Readonly<Record<number, "made" | "nothing" | "failed">> = {
      200: "made",
      204: "nothing",
      422: "failed",
    };
    const kind = kinds[this.#status];
    if (kind === "made") this.#resolve({ kind, zip: Buffer.concat(this.#chunks), note: this.#note });
    else if (kind !== undefined) this.#resolve({ kind, reason: this.#note });
    else this.reject(new PlatformError("InternalError", `A build answered with status ${this.#status}`));
  }

  onError({ message }: { readonly message: string }): void {
    this.reject(new BoxEnded(message));
  }

  onDrain(): void {}

  #keep(chunk: Buffer): void {
    this.#bytes += chunk.length;
    if (this.#bytes <= limits.package.zipBytes) this.#chunks.push(Buffer.from(chunk));
    else this.#resolve({ kind: "failed", reason: "what it made is larger than a code package may be" });
  }
}

/** A sentence of the box's, in a header, which has 65,535 bytes at most: bounded, and without what a database cannot keep. */
function decodeNote(text: string): string {
  try {
    return decodeURIComponent(text).replaceAll("\0", "").slice(0, longestNote);
  } catch {
    return ""; // not as our program writes it
  }
}

/** As much of a build's log as is kept of one call; then a line that says so, and nothing more. */
function boundedLog(record: (line: LogLine) => void): (requestId: string | null, line: LogLine) => void {
  let left: number = limits.invocationLog.bytes;
  return (_requestId, line) => {
    if (left <= 0) return;
    left -= line.text.length + 1;
    record(left > 0 ? line : { ...line, text: "(the log of this build is cut here)" });
  };
}
