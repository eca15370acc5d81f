import { PlatformError } from "../../core/index.ts";
import type { SocketChannel } from "../channel/socket-channel.ts";
import type { Box, Sandbox } from "../driver.ts";

/** How long a runtime may take to say READY, unless the driver is told otherwise. */
export const defaultReadyTimeoutMs = 10_000;

/** A started box as this file sees it. */
interface StartedSandbox extends Pick<Sandbox, "ended"> {
  readonly channel: SocketChannel;
  readonly lastErrorLines: readonly string[];
}

/** Resolves when the runtime has said READY; rejects with a sentence about why it has not. */
export async function waitForReady(
  box: Box,
  sandbox: StartedSandbox,
  { timeoutMs, signal }: { timeoutMs: number; signal: AbortSignal },
): Promise<void> {
  const timeout = AbortSignal.timeout(timeoutMs);
  try {
    await sandbox.channel.ready({ signal: AbortSignal.any([signal, timeout]) });
  } catch (cause) {
    if (signal.aborted) throw signal.reason;
    if (timeout.aborted) {
      throw new PlatformError("InstanceStartFailed", `The runtime "${box.program.name}" was not ready in time`, {
        limit: "start of a runtime",
        value: `${timeoutMs / 1000} s`,
        cause,
      });
    }
    throw await startFailure(box, sandbox, cause);
  }
}

/** The channel has closed before READY: says how the process ended, and its last words. */
async function startFailure(box: Box, sandbox: StartedSandbox, cause: unknown): Promise<PlatformError> {
  const { reason, message } = await sandbox.channel.closed;
  const { code, signal } = await sandbox.ended;
  const how = signal === null ? `exit code ${code}` : `signal ${signal}`;
  const why = reason === "protocol" ? `it broke the channel protocol: ${message}` : how;
  const lastLine = sandbox.lastErrorLines.findLast((line) => line.trim() !== "");
  const words = lastLine === undefined ? "" : `; it wrote: ${lastLine.slice(0, 500)}`;
  return new PlatformError(
    "InstanceStartFailed",
    `The runtime "${box.program.name}" ended before it was ready (${why})${words}`,
    { cause },
  );
}
