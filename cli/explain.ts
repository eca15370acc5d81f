import { CommanderError } from "commander";
import { GustApiError, GustConnectionError } from "../sdk/src/index.ts";
import { CommandFailure, exitCodes } from "./failure.ts";
import { PackError } from "./package/pack-error.ts";

/** Turns whatever ended a command into a sentence and an exit code. */
export function explain(error: unknown): CommandFailure {
  if (error instanceof CommandFailure) return error;
  if (error instanceof GustConnectionError) {
    const sentence = `${withDot(error.message)} ${connectionHint(error.endpoint)}`;
    return new CommandFailure(exitCodes.unreachable, sentence, { cause: error });
  }
  if (error instanceof GustApiError) {
    const isMissing = /^ResourceNotFound|\.CertificateNotFound$/.test(error.code);
    const exitCode = isMissing ? exitCodes.notFound : exitCodes.failed;
    return new CommandFailure(exitCode, withDot(error.message) + apiHint(error.code), {
      code: error.code,
      requestId: error.requestId,
      cause: error,
    });
  }
  if (error instanceof CommanderError) return explainArguments(error);
  if (error instanceof PackError) return new CommandFailure(exitCodes.failed, error.message, { cause: error });
  if (error instanceof Error && error.name === "AbortError") {
    return new CommandFailure(exitCodes.interrupted, "Interrupted.", { cause: error });
  }
  const message = error instanceof Error ? explainSystemError(error) : String(error);
  return new CommandFailure(exitCodes.failed, message, { cause: error });
}

/** `error: missing required argument 'name'` as a sentence. */
function explainArguments(error: CommanderError): CommandFailure {
  const [first = "", ...suggestion] = error.message.replace(/^error: /, "").split("\n");
  const said = withDot(first.charAt(0).toUpperCase() + first.slice(1));
  return new CommandFailure(exitCodes.usage, [said, ...suggestion, "--help shows how."].join(" "), { cause: error });
}

/** What a person at a terminal can do about it, beside what the API says to programs. */
function apiHint(code: string): string {
  if (code === "ResourceNotFound.FunctionName") return " `gust list` shows which there are.";
  if (code === "ResourceNotFound.Namespace") return " `gust api ListNamespaces` shows which there are.";
  if (code === "ResourceNotFound.Qualifier") return " `gust info` shows them, too.";
  if (code === "FailedOperation.CertificateNotFound") return " `gust certificate list` shows which there are.";
  if (code === "FailedOperation.BoundResources") return " `gust domain add DOMAIN --certificate ID` does it.";
  if (code === "InvalidAction") return " `gust api` lists those of scf, docs/reference those of every product.";
  if (!/^AuthFailure\.(?:SecretId|Signature|Invalid)/.test(code)) return "";
  return " The key comes from `gust login`, TENCENTCLOUD_SECRET_ID and TENCENTCLOUD_SECRET_KEY, or credentials.json of the data directory.";
}

/** Nobody can start what is elsewhere from here. */
function connectionHint(endpoint: string): string {
  const isHere = /^(?:localhost|127(?:\.\d+){3}|\[::1\])$/.test(URL.parse(endpoint)?.hostname ?? "");
  if (isHere) return "Start it with `gust up`, or see `gust status`.";
  return "Check the address; `gust login` changes it, `gust login --local` goes back to this machine.";
}

function withDot(sentence: string): string {
  return /[.!?]$/.test(sentence) ? sentence : `${sentence}.`;
}

function explainSystemError(error: Error): string {
  const code = "code" in error ? String(error.code) : "";
  const file = "path" in error ? String(error.path) : "";
  switch (code) {
    case "EACCES":
    case "EPERM":
      return `${file === "" ? "Something" : file} may not be read or written by this user.`;
    case "ENOENT":
      return `${file} is not there.`;
    case "ENOSPC":
      return "No disk space is left.";
    case "EROFS":
      return `${file} is on a file system that cannot be written.`;
    default:
      return error.message;
  }
}
