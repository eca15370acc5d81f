import { execFile, spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import fs from "node:fs/promises";
import os from "node:os";
import path from "node:path";
import { promisify } from "node:util";
import { changeTrust } from "../../cli/server/trust-stores.ts";

const run = promisify(execFile);

/** Why no browser is tried here; false: there is one. */
export async function withoutChromium(): Promise<string | false> {
  for (const [program, argument, packages] of [
    ["chromium", "--version", "chromium"],
    ["certutil", "-H", "libnss3-tools"],
  ] as const) {
    try {
      await run(program, [argument]);
    } catch (error) {
      const isMissing = error instanceof Error && "code" in error && error.code === "ENOENT";
      if (isMissing) return `${program} is not installed here: apt-get install ${packages}`;
    }
  }
  return false;
}

/** A browser of its own for a test, with a profile that trusts an authority as `gust trust` makes it. */
export class Chromium implements AsyncDisposable {
  readonly #home: string;
  readonly #pages: ChildProcess[] = [];

  private constructor(home: string) {
    this.#home = home;
  }

  static async trusting(authority: string): Promise<Chromium> {
    const home = await fs.mkdtemp(path.join(os.tmpdir(), "gust-chromium-"));
    const userDataDirectory = path.join(home, ".local", "share");
    const database = path.join(userDataDirectory, "pki", "nssdb"); // as Chromium makes it, from version 146 on
    await fs.mkdir(database, { recursive: true });
    await run("certutil", ["-N", "-d", `sql:${database}`, "--empty-password"]);
    await changeTrust(authority, "trust", {
      homeDirectory: home,
      userDataDirectory,
      systemDirectory: path.join(home, "absent"),
    });
    return new Chromium(home);
  }

  /** Opens a page; the browser stays until it is disposed. */
  open(url: string): void {
    const profile = path.join(this.#home, `profile-${this.#pages.length}`);
    const options = ["--headless", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--no-first-run"];
    const quiet = [
      "--disable-background-networking",
      "--disable-component-update",
      "--disable-extensions",
      "--disable-breakpad",
    ];
    // what it leaves behind when it is ended goes with its home
    const env = { PATH: process.env["PATH"], HOME: this.#home, TMPDIR: this.#home };
    const args = [...options, ...quiet, `--user-data-dir=${profile}`, url];
    this.#pages.push(spawn("chromium", args, { env, stdio: "ignore" }));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const page of this.#pages) {
      if (page.exitCode !== null || page.signalCode !== null) continue;
      const exited = once(page, "exit");
      page.kill("SIGTERM"); // it ends its own processes
      await exited;
    }
    await fs.rm(this.#home, { recursive: true, force: true, maxRetries: 10 }); // what it just wrote
  }
}
