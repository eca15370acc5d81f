import { existsSync, readdirSync, readFileSync } from "node:fs";

/** What /proc says about one process. Everything here exists on Linux only; `hasProcfs` is false elsewhere. */
export interface HostProcess {
  readonly pid: number;
  /** Dead, but not yet taken note of by its parent. */
  readonly isZombie: boolean;
  readonly session: number;
  /** Clock ticks between the boot of the host and the start of the process. */
  readonly startTicks: number;
}

export const hasProcfs = existsSync("/proc/self/environ");

export function listPids(): number[] {
  return readdirSync("/proc").map(Number).filter(Number.isInteger);
}

/** Null: there is no such process (any more). */
export function readProcess(pid: number): HostProcess | null {
  const text = readProcFile(pid, "stat");
  // The name is in parentheses and may hold anything, parentheses too: fields count from the last one.
  const fields = text.slice(text.lastIndexOf(")") + 2).split(" ");
  if (fields.length < 20) return null;
  const state = fields[0];
  return {
    pid,
    isZombie: state === "Z" || state === "X",
    session: Number(fields[3]),
    startTicks: Number(fields[19]),
  };
}

/** The value of a variable in the environment a process was started with; null when it has none or is not ours to read. */
export function startVariable(pid: number, name: string): string | null {
  const environment = `\0${readProcFile(pid, "environ")}`;
  const start = environment.indexOf(`\0${name}=`);
  if (start === -1) return null;
  const valueStart = start + name.length + 2;
  const end = environment.indexOf("\0", valueStart);
  return environment.slice(valueStart, end === -1 ? undefined : end);
}

/** Memory that belongs to the process alone (RssAnon), in bytes; 0 when it is gone. */
export function anonymousMemory(pid: number): number {
  const status = readProcFile(pid, "status");
  const start = status.indexOf("RssAnon:");
  return start === -1 ? 0 : Number.parseInt(status.slice(start + 8, start + 40), 10) * 1024;
}

/** SIGKILL to a process, or with a negative number to a process group; one that is gone is none the worse. */
export function killNow(pid: number): void {
  try {
    process.kill(pid, "SIGKILL");
  } catch (error) {
    // ESRCH: gone. EPERM: only zombies are left (macOS), or another user's process took the number.
    if (!hasCode(error, "ESRCH") && !hasCode(error, "EPERM")) throw error;
  }
}

/** Does the process group have any member? */
export function groupExists(pid: number): boolean {
  try {
    process.kill(-pid, 0);
    return true;
  } catch {
    return false;
  }
}

export function hasCode(error: unknown, ...codes: readonly string[]): boolean {
  return error instanceof Error && "code" in error && codes.includes(String(error.code));
}

/** Empty when the process is gone or the file is not ours to read. */
function readProcFile(pid: number, name: string): string {
  try {
    return readFileSync(`/proc/${pid}/${name}`, "latin1");
  } catch {
    return "";
  }
}
