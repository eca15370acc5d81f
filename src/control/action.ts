import type { z } from "zod";
import type {
  Clock,
  InvocationKind,
  InvocationResult,
  Logger,
  PlatformError,
  RequestId,
  Target,
  TraceContext,
} from "../core/index.ts";
import type { Account, Store } from "../store/index.ts";
import type { ErrorCode } from "./error-codes.ts";

/** Runs event functions; structurally the scheduler's invoker. */
export interface EventInvoker {
  invoke(
    invocation: {
      readonly requestId: RequestId;
      readonly target: Target;
      readonly kind: InvocationKind;
      readonly retry: number;
      readonly payload: string;
      readonly variables: Readonly<Record<string, string>>;
    },
    options: { signal: AbortSignal },
  ): Promise<InvocationResult>;
}

/** Brings log lines that are still in memory to the store; structurally telemetry's FunctionLogs. */
export interface LogFlush {
  flush(options: { signal: AbortSignal }): Promise<void>;
}

/** What functions can run on; structurally the scheduler's and the sandboxes'. */
export interface RuntimeSource {
  list(options: { signal: AbortSignal }): Promise<readonly RuntimeState[]>;
  /** Begins to fetch one; false: that is nothing that is fetched. */
  install(name: string, options: { signal: AbortSignal }): Promise<boolean>;
}

interface RuntimeState {
  readonly name: string;
  readonly version: string | null;
  readonly origin: string;
  readonly state: "absent" | "fetching" | "installed";
  readonly problem: string;
  readonly functions: number;
  readonly runtimes: readonly string[];
}

/** What runs now, on all hosts together; structurally the scheduler's status. */
export type ReadStatus = (options: { signal: AbortSignal }) => Promise<Readonly<Record<string, unknown>>>;

/** Starts an instance that takes no call, to know how that goes; structurally the scheduler's. */
export type TryStart = (
  target: Target,
  options: { signal: AbortSignal },
) => Promise<
  | { readonly kind: "started" }
  | { readonly kind: "failed"; readonly error: PlatformError }
  | { readonly kind: "untried"; readonly reason: string }
>;

export interface ControlConfig {
  readonly region: string;
  readonly baseDomain: string;
  /** Whether custom domains of HTTPS that name no certificate get one. */
  readonly obtainsCertificates?: boolean;
  /** Where functions reach the API, once that is known; absent: where everybody does. */
  readonly apiUrlOfFunctions?: Promise<string>;
}

/** What actions work with. */
export interface ActionContext {
  readonly store: Store;
  readonly account: Account;
  readonly config: ControlConfig;
  readonly invoke: EventInvoker;
  readonly readStatus: ReadStatus;
  readonly runtimes: RuntimeSource;
  readonly tryStart: TryStart;
  /** Null where nobody writes function logs (tests). */
  readonly logs: LogFlush | null;
  readonly logger: Logger;
  readonly clock: Clock;
  readonly requestId: RequestId;
  readonly trace: TraceContext;
  /** Origin under which the caller reached us, for links in replies. */
  readonly origin: string;
  /** Where functions answer, for their addresses in replies. */
  readonly functionsOrigin: string;
  readonly signal: AbortSignal;
}

/**
 * One action of the cloud API, declared once: validation, the reference page, the SDK's types
 * and the CLI's help all come from here.
 */
export interface Action<Input extends z.ZodObject = z.ZodObject, Output extends z.ZodObject = z.ZodObject> {
  readonly name: string;
  readonly group: string;
  readonly summary: string;
  readonly input: Input;
  readonly output: Output;
  /** Codes of its own, beside those of every action. */
  readonly errors: readonly ErrorCode[];
  /** What a policy has to allow, e.g. `scf:CreateFunction`. */
  readonly permission: string;
  handle(input: z.output<Input>, context: ActionContext): Promise<z.input<Output>>;
}

/** Declares an action; the types of `handle` come from its schemas, and it only ever gets what `input` made. */
export function defineAction<Input extends z.ZodObject, Output extends z.ZodObject>(
  action: Action<Input, Output>,
): Action {
  return action;
}
