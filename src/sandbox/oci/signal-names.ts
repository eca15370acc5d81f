import os from "node:os";

const names = new Map(Object.entries(os.constants.signals).map(([name, number]) => [number, name]));
names.set(os.constants.signals.SIGABRT, "SIGABRT"); // SIGIOT is the same number, and nobody's word for it

/** Name of a signal by its number, as Node gives it for child processes; null: there is none. */
export function signalName(number: number): string | null {
  return names.get(number) ?? null;
}
