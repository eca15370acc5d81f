import path from "node:path";
import { watch } from "chokidar";

/** Saves come in bursts; this much quiet ends one. */
const quietMs = 40;
const ignoredFolders = new Set(["node_modules", ".git", ".gust"]);

/** Changed files of some directories, in groups; waiting for the next group ends with the signal. */
export interface FileChanges extends AsyncDisposable {
  next(signal: AbortSignal): Promise<readonly string[]>;
}

/** Watches directories and files. Resolves when it does, so that no later change is missed. */
export async function watchFiles(places: readonly string[]): Promise<FileChanges> {
  const watcher = watch([...places], {
    ignoreInitial: true,
    ignored: (file) => ignoredFolders.has(path.basename(file)),
  });
  const changed = new Set<string>();
  let quiet: NodeJS.Timeout | undefined;
  let wake: (() => void) | null = null;
  watcher.on("all", (_event, file) => {
    changed.add(file);
    clearTimeout(quiet);
    quiet = setTimeout(() => wake?.(), quietMs);
  });
  watcher.on("error", () => undefined); // a directory that went away; its files are reported as removed
  await new Promise<void>((resolve) => watcher.once("ready", () => resolve()));
  return {
    async next(signal) {
      if (changed.size === 0) await untilWoken(signal);
      const files = [...changed];
      changed.clear();
      return files;
    },
    async [Symbol.asyncDispose]() {
      clearTimeout(quiet);
      await watcher.close();
    },
  };

  function untilWoken(signal: AbortSignal): Promise<void> {
    return new Promise((resolve, reject) => {
      const onAbort = (): void => reject(signal.reason instanceof Error ? signal.reason : new Error("Interrupted"));
      if (signal.aborted) return onAbort();
      signal.addEventListener("abort", onAbort, { once: true });
      wake = () => {
        signal.removeEventListener("abort", onAbort);
        wake = null;
        resolve();
      };
    });
  }
}
