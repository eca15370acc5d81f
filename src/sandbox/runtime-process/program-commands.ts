import path from "node:path";
import { SharedWork } from "../../core/index.ts";
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
  readonly #making = new SharedWork<string, readonly string[]>();
  readonly #made = new Map<string, readonly string[]>();

  /** `directory`: where programs are made. */
  constructor(directory: string) {
    this.#directory = directory;
  }

  /** Rejects with a PlatformError when the program cannot be made; the next to ask tries again. */
  async of(program: RuntimeProgram, { signal }: { signal: AbortSignal }): Promise<readonly string[]> {
    const { name, command, prepare } = program;
    if (prepare === undefined) return command;
    return this.#made.get(name) ?? this.#making.run(name, signal, (shared) => this.#make(name, prepare, shared));
  }

  async #make(
    name: string,
    prepare: NonNullable<RuntimeProgram["prepare"]>,
    signal: AbortSignal,
  ): Promise<readonly string[]> {
    const command = await prepare(this.#directory, { signal });
    this.#made.set(name, command);
    return command;
  }
}
