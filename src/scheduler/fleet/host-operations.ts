import { PlatformError, type PlatformErrorCode, type Sha256, type Target } from "../../core/index.ts";
import type { Artifacts } from "../../store/index.ts";
import type { EventInvocation } from "../invoker.ts";
import type { Scheduler } from "../scheduler.ts";
import type { TrialOutcome } from "../try-start.ts";

/** Answers what another process of the installation asks; rejects where it cannot. */
export type HostOperation = (body: Buffer, options: { signal: AbortSignal }) => Promise<Uint8Array | string>;

interface Flush {
  flush(options: { signal: AbortSignal }): Promise<void>;
}

/** What a process that runs functions does for others, by name. */
export function dataOperations(parts: {
  readonly scheduler: Scheduler;
  readonly installRuntime: (name: string) => boolean;
  readonly flushes: readonly Flush[];
}): Readonly<Record<string, HostOperation>> {
  const { scheduler, installRuntime, flushes } = parts;
  return {
    invoke: async (body, options) => {
      const invocation: EventInvocation = JSON.parse(body.toString("utf8")); // of a process of ours
      return JSON.stringify(await scheduler.invoker.invoke(invocation, options));
    },
    "try-start": async (body, options) => {
      const target: Target = JSON.parse(body.toString("utf8")); // of a process of ours
      return encodeTrial(await scheduler.tryStart(target, options));
    },
    status: async () => JSON.stringify(scheduler.status()),
    runtimes: async () => JSON.stringify(scheduler.runtimes()),
    "install-runtime": async (body) => JSON.stringify(installRuntime(body.toString("utf8"))),
    flush: async (_body, options) => {
      await Promise.all(flushes.map((each) => each.flush(options)));
      return "";
    },
  };
}

/** What every process does for others: it shows that it is there, and gives the code packages that it has. */
export function sharedOperations(artifacts: Pick<Artifacts, "get" | "has">): Readonly<Record<string, HostOperation>> {
  return {
    ping: async () => "",
    package: async (body, options) => {
      const sha256 = body.toString("utf8");
      if (!/^[0-9a-f]{64}$/.test(sha256)) throw new PlatformError("InvalidParameterValue", "That is no package");
      const asked = sha256 as Sha256; // brand: looked at just now
      return (await artifacts.has(asked)) ? artifacts.get(asked, options) : ""; // a package is never empty
    },
  };
}

type EncodedTrial =
  | Exclude<TrialOutcome, { kind: "failed" }>
  | {
      readonly kind: "failed";
      readonly code: PlatformErrorCode;
      readonly message: string;
      readonly stackTrace?: string;
    };

function encodeTrial(outcome: TrialOutcome): string {
  if (outcome.kind !== "failed") return JSON.stringify(outcome satisfies EncodedTrial);
  const { code, message, details } = outcome.error;
  const { stackTrace } = details;
  const encoded: EncodedTrial = { kind: "failed", code, message, ...(stackTrace === undefined ? {} : { stackTrace }) };
  return JSON.stringify(encoded);
}

export function decodeTrial(answer: Buffer): TrialOutcome {
  const outcome: EncodedTrial = JSON.parse(answer.toString("utf8")); // of a process of ours
  if (outcome.kind !== "failed") return outcome;
  const { code, message, stackTrace } = outcome;
  const error = new PlatformError(code, message, stackTrace === undefined ? {} : { stackTrace });
  return { kind: "failed", error };
}
