import { spawn } from "node:child_process";
import { once } from "node:events";
import os from "node:os";
import path from "node:path";
import { withDescendants } from "./performance/processes.ts";

const main = path.resolve(import.meta.dirname, "../cli/main.ts");
/** Runs a command on a pseudo terminal; its own input are the keys, its output the screen. */
const onTerminal = "import os, pty, sys; sys.exit(os.waitstatus_to_exitcode(pty.spawn(sys.argv[1:])))";

interface TerminalOptions {
  readonly cwd?: string;
  readonly environment?: Readonly<Record<string, string>>;
  /** Program and arguments put in front of the command. */
  readonly prefix?: readonly string[];
  /** Columns of the terminal; 0 for one that does not know its size. */
  readonly columns?: number;
}

/** A `gust` command that a person runs at a terminal. */
export interface GustTerminal {
  /** Resolves when the screen shows such a text after what was awaited before. */
  shows(pattern: RegExp): Promise<void>;
  press(keys: string): void;
  /** Sends a signal to the command, not to the terminal. */
  signal(name: NodeJS.Signals): void;
  /** Everything that was on the screen, marks included, and the exit code. */
  readonly ended: Promise<{ readonly code: number | null; readonly screen: string }>;
}

export function gustInTerminal(args: readonly string[], options: TerminalOptions = {}): GustTerminal {
  const sized = `stty cols ${options.columns ?? 80} && exec "$@"`;
  const command = [...(options.prefix ?? []), process.execPath, "--disable-warning=ExperimentalWarning", main, ...args];
  const child = spawn("python3", ["-c", onTerminal, "sh", "-c", sized, "sh", ...command], {
    cwd: options.cwd ?? os.tmpdir(),
    env: { ...process.env, GUST_COMMAND: "gust", TERM: "xterm", NO_COLOR: "", ...options.environment },
    stdio: ["pipe", "pipe", "inherit"],
  });
  let screen = "";
  let seen = 0;
  const look = new Set<() => void>();
  child.stdout.setEncoding("utf8").on("data", (text: string) => {
    screen += text;
    look.forEach((again) => again());
  });
  const ended = once(child, "close").then(([code]) => ({ code: typeof code === "number" ? code : null, screen }));
  return {
    shows: (pattern) => shows(pattern),
    press: (keys) => void child.stdin.write(keys),
    signal: (name) => process.kill(withDescendants(child.pid ?? 0).at(-1) ?? 0, name),
    ended,
  };

  function shows(pattern: RegExp): Promise<void> {
    return new Promise((resolve, reject) => {
      const again = (): void => {
        const found = pattern.exec(screen.slice(seen));
        if (found === null) return;
        seen += found.index + found[0].length;
        look.delete(again);
        resolve();
      };
      look.add(again);
      again();
      ended.then(() => reject(new Error(`It ended without showing ${String(pattern)}:\n${screen}`)), reject);
    });
  }
}
