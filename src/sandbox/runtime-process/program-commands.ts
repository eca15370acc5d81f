import path from "node:path";
import type { RuntimeProgram } from "../driver.ts";

interface DriverDirectories {
  readonly runDirectory: string;
  readonly packagesDirectory?: string | undefined;
}

/** Where programs are made; boxes see it. Beside the packages of a driver that has any, and then kept from run to run. */
export function preparedDirectory({ runDirectory, packagesDirectory }: DriverDirectories): string {
  return path.join(packagesDirectory === undefined ? runDirectory : path.dirname(packagesDirectory), "programs");
}

/** How programs are started, of which some have to be made on this host first: each once, whoever asks meanwhile. */
export class ProgramCommands {
  readonly #directory: string;
  readonly #made = new Map<string, Promise<readonly string[]>>();

  /** `directory`: where programs are made. */
  constructor(directory: string) {
    this.#directory = directory;
  }

  /** Rejects with a PlatformError when the program cannot be made; the next to ask tries again. */
  of({ name, command, prepare }: RuntimeProgram, options: { signal: AbortSignal }): Promise<readonly string[]> {
    if (prepare === undefined) return Promise.resolve(command);
    const known = this.#made.get(name);
    if (known !== undefined) return known;
    const making = prepare(this.#directory, options);
    this.#made.set(name, making);
    making.catch(() => this.#made.delete(name));
    return making;
  }
}
