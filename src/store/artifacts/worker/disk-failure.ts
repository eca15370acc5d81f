import { PlatformError } from "../../../core/index.ts";

const sentences: Readonly<Record<string, string>> = {
  ENOSPC: "there is no space left",
  EDQUOT: "the disk quota is used up",
  EROFS: "it is read-only",
  EACCES: "access is denied",
  EPERM: "access is denied",
  EIO: "the disk has errors",
  EMFILE: "too many files are open",
  ENFILE: "too many files are open",
};

/** A failed file operation as PlatformError `StoreUnavailable` that names the directory; other errors as they are. */
export function asDiskFailure(error: unknown, directory: string): unknown {
  if (!(error instanceof Error) || !("syscall" in error) || !("code" in error)) return error;
  const why = sentences[String(error.code)] ?? error.message;
  return new PlatformError("StoreUnavailable", `Code packages cannot be written to ${directory}: ${why}.`, {
    cause: error,
  });
}
