/** What the process ends with; scripts may rely on these. */
export const exitCodes = {
  done: 0,
  failed: 1,
  usage: 2,
  unreachable: 3,
  notFound: 4,
  functionFailed: 5,
  notIsolated: 6,
  interrupted: 130,
} as const;

export type ExitCode = (typeof exitCodes)[keyof typeof exitCodes];

interface FailureDetails {
  /** Code of the API, e.g. `ResourceNotFound.FunctionName`. */
  readonly code?: string;
  readonly requestId?: string;
  readonly cause?: unknown;
}

/** A command ends with a sentence for a person and an exit code for a script. */
export class CommandFailure extends Error {
  readonly exitCode: ExitCode;
  readonly details: FailureDetails;

  constructor(exitCode: ExitCode, message: string, details: FailureDetails = {}) {
    super(message, details.cause === undefined ? undefined : { cause: details.cause });
    this.name = "CommandFailure";
    this.exitCode = exitCode;
    this.details = details;
  }
}

export function failed(message: string, details: FailureDetails = {}): CommandFailure {
  return new CommandFailure(exitCodes.failed, message, details);
}

export function usage(message: string): CommandFailure {
  return new CommandFailure(exitCodes.usage, message);
}

/** True for what the file system says when something is not there. */
export function isMissing(error: unknown): boolean {
  return error instanceof Error && "code" in error && error.code === "ENOENT";
}

/** True for what the file system says when this user may not. */
export function isForbidden(error: unknown): boolean {
  return error instanceof Error && "code" in error && (error.code === "EACCES" || error.code === "EPERM");
}
