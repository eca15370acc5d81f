/** Why a port cannot be had, as an Error of one sentence. */
export function explainListenError(cause: NodeJS.ErrnoException, host: string, port: number): Error {
  if (cause.code === "EADDRINUSE") {
    return new Error(`Port ${port} of ${host} is taken by another program. Choose another one with --port.`, { cause });
  }
  if (cause.code === "EACCES") {
    return new Error(`This user may not listen on port ${port}. Choose one above 1023 with --port.`, { cause });
  }
  if (cause.code === "EADDRNOTAVAIL" || cause.code === "ENOTFOUND") {
    return new Error(`The address ${host} is not one of this machine. Choose another one with --host.`, { cause });
  }
  return new Error(`Port ${port} of ${host} cannot be opened (${cause.message}).`, { cause });
}
