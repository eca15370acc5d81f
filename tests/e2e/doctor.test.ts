import assert from "node:assert/strict";
import { execFile, execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, readdirSync } from "node:fs";
import fs from "node:fs/promises";
import path from "node:path";
import { describe, it } from "node:test";
import { promisify } from "node:util";
import { withoutContainers } from "../containers.ts";
import { gust, makeDirectory, makeInstallation, type Ended } from "../gust-command.ts";
import { gustInTerminal } from "../gust-terminal.ts";
import { startServer } from "../running-server.ts";

interface Report {
  readonly driver: "oci" | "process" | null;
  readonly why: string;
  readonly install: string | null;
  readonly packages: readonly string[];
  readonly checks: readonly { readonly name: string; readonly outcome: string; readonly mend: string | null }[];
  readonly server: { readonly pid: number; readonly isIsolated: boolean } | null;
}

const isRoot = process.platform === "linux" && process.getuid?.() === 0;
const places = ["/usr/local/sbin", "/usr/local/bin", "/usr/sbin", "/usr/bin"];
const main = path.resolve(import.meta.dirname, "../../cli/main.ts");

function installed(names: readonly string[]): string[] {
  return names.flatMap((name) => places.map((place) => `${place}/${name}`)).filter((file) => existsSync(file));
}

describe("gust doctor", () => {
  it("agrees with the server that runs, and leaves it and its directory alone", { timeout: 60_000 }, async () => {
    const environment = { GUST_BOX_RANGE: "10.233.78.0/24" }; // which the server has taken
    await using server = await startServer({ environment });
    const before = await fs.readdir(server.dataDirectory);
    const { code, stdout, stderr } = await gust(["doctor", "--json", "--data", server.dataDirectory], { environment });
    const report: Report = JSON.parse(stdout);
    assert.ok(report.server, stderr);
    assert.equal(report.server.pid, server.pid);
    assert.equal(report.driver, report.server.isIsolated ? "oci" : "process", report.why);
    assert.equal(code, report.driver === "oci" ? 0 : 6);
    assert.deepEqual(await fs.readdir(server.dataDirectory), before);
    assert.equal((await fetch(`${server.url}/readyz`)).status, 200);
    assert.deepEqual(traces(path.join(server.dataDirectory, "doctor/run")), []);
  });

  it("says as whoever it is used what comes of the settings", async () => {
    await using data = await makeInstallation();
    const process = await gust(["doctor", "--data", data.path], { environment: { GUST_SANDBOX: "process" } });
    assert.equal(process.code, 6);
    assert.match(process.stdout, /NOT ISOLATED from this machine: GUST_SANDBOX=process was set/);
    assert.match(process.stdout, /^ *(?:pass|missing, not needed) +php-cgi +\S.*HTTP functions in PHP/m);
    const environment = { GUST_SANDBOX: "oci", GUST_SANDBOX_RUNTIME: "/nowhere/crun" };
    const refused = await gust(["doctor", "--json", "--data", data.path], { environment });
    const report: Report = JSON.parse(refused.stdout);
    assert.equal(report.driver, null);
    assert.equal(refused.code, 6);
    const wrong = await gust(["doctor", "--data", data.path], { environment: { GUST_SANDBOX: "jail" } });
    assert.equal(wrong.code, 1);
    assert.match(wrong.stderr, /^gust: Wrong settings: GUST_SANDBOX=jail/m);
    assert.deepEqual(await fs.readdir(data.path), []);
  });

  const skip = isRoot ? false : "needs root to be somebody else";
  it("tells an ordinary user what root would do", { skip }, async () => {
    await using directory = await makeDirectory();
    await fs.chmod(directory.path, 0o755);
    const command = [process.execPath, "--disable-warning=ExperimentalWarning", main, "doctor", "--data"];
    const nobody = ["--reuid", "65534", "--regid", "65534", "--clear-groups", ...command, directory.path];
    const ended = await promisify(execFile)("setpriv", nobody, { cwd: "/" }).catch((error: unknown) => error as Ended);
    assert.equal("code" in ended ? ended.code : 0, 6);
    assert.match(ended.stdout, /missing +user +containers need root/);
    assert.match(ended.stdout, /untried +network +containers need root/);
    assert.match(ended.stdout, /missing, not needed +data directory +\S+ may not be written by this user/);
  });
});

/** What the installation of a run directory has on this host. */
function traces(runDirectory: string): string[] {
  const id = createHash("sha256").update(runDirectory).digest("hex").slice(0, 16);
  const roots = ["/sys/fs/cgroup", "/sys/fs/cgroup/memory"].map((root) => `${root}/gust-${id}`);
  const links = existsSync("/sys/class/net") ? readdirSync("/sys/class/net") : [];
  const tables =
    isRoot && installed(["nft"]).length > 0 ? execFileSync("nft", ["list", "tables"], { encoding: "utf8" }) : "";
  return [
    ...[`/run/gust-${id}`, ...roots].filter((place) => existsSync(place)),
    ...[...links, ...tables.split("\n")].filter((name) => name.includes(id.slice(0, 8))),
  ];
}

const needed = [installed(["crun"]), installed(["nft"])];
const canHide =
  withoutContainers === false && needed.every((found) => found.length > 0) && existsSync("/usr/bin/apt-get");

describe("gust up as root on Debian", { skip: canHide ? false : "needs root, apt-get, crun and nftables" }, () => {
  it("installs what containers lack where nobody can be asked, and uses them", { timeout: 60_000 }, async () => {
    await using machine = await makeBareMachine(`case "$*" in *--no-download*) cp -a "$HIDDEN/." /usr/ ;; esac`);
    const { stderr, calls, isIsolated } = await machine.up([]);
    assert.match(stderr, /Installed crun, nftables/);
    assert.match(calls.at(-1) ?? "", /install .*--no-download.* crun nftables/);
    assert.equal(isIsolated, true, stderr);
  });

  it("says in a sentence why it could not, and runs without isolation", { timeout: 60_000 }, async () => {
    await using machine = await makeBareMachine(`echo "E: Temporary failure resolving 'deb.debian.org'" >&2; exit 100`);
    const { stderr, isIsolated } = await machine.up([]);
    assert.match(stderr, /warning: crun, nftables.* could not be installed: the package servers cannot be reached\./);
    assert.match(stderr, /Functions are not isolated from this machine/);
    assert.equal(isIsolated, false);
  });

  it("asks at a terminal, and takes no for an answer and Enter for a yes", { timeout: 60_000 }, async () => {
    const question = /Containers lack crun, nftables.*Install/s;
    await using declined = await makeBareMachine("exit 0");
    assert.deepEqual(await declined.upAtTerminal(question, "n"), { calls: [], isIsolated: false });
    await using machine = await makeBareMachine(`case "$*" in *--no-download*) cp -a "$HIDDEN/." /usr/ ;; esac`);
    const { calls, isIsolated } = await machine.upAtTerminal(question, "\r");
    assert.equal(calls.length, 2);
    assert.equal(isIsolated, true);
  });

  it("installs nothing when processes are wanted", { timeout: 60_000 }, async () => {
    await using machine = await makeBareMachine("exit 0");
    const { calls, isIsolated } = await machine.up(["--sandbox", "process"]);
    assert.deepEqual(calls, []);
    assert.equal(isIsolated, false);
  });
});

/** A view of this machine in which the programs of containers are hidden, and apt-get does what a test says. */
async function makeBareMachine(aptGet: string) {
  const directory = await makeDirectory({
    "apt-get": `#!/bin/sh\necho "$*" >>"$CALLS"\n${aptGet}\n`,
    "bare.sh": `set -e
mount -t tmpfs none "$PLACES"
mkdir "$PLACES/upper" "$PLACES/work" "$HIDDEN"
for file in ${[...needed.flat(), ...installed(["runc", "mkfs.erofs"])].join(" ")}; do
  mkdir -p "$HIDDEN/$(dirname "\${file#/usr/}")"
  cp -a "$file" "$HIDDEN/\${file#/usr/}"
done
mount -t overlay -o "lowerdir=/usr,upperdir=$PLACES/upper,workdir=$PLACES/work" none /usr
for file in ${[...needed.flat(), ...installed(["runc", "mkfs.erofs"])].join(" ")}; do rm "$file"; done
exec "$@"
`,
  });
  await fs.mkdir(path.join(directory.path, "places"));
  await fs.chmod(path.join(directory.path, "apt-get"), 0o755);
  const data = await makeInstallation();
  const place = path.join(directory.path, "places");
  const environment = {
    PATH: `${directory.path}:${process.env["PATH"]}`,
    PLACES: place,
    HIDDEN: path.join(place, "hidden"),
    DEBIAN_FRONTEND: "",
    CALLS: path.join(directory.path, "calls"),
    GUST_POOL_SIZE: "1",
    GUST_COMMAND: "gust",
  };
  const prefix = ["unshare", "-m", "sh", path.join(directory.path, "bare.sh")] as const;
  const command = ["up", "--detach", "--no-examples", "--port", "0", "--data", data.path];
  return { up, upAtTerminal, [Symbol.asyncDispose]: dispose };

  async function up(options: readonly string[]) {
    const [program, ...rest] = prefix;
    const parameters = [
      ...rest,
      process.execPath,
      "--disable-warning=ExperimentalWarning",
      main,
      ...command,
      ...options,
    ];
    const { stderr } = await promisify(execFile)(program, parameters, { env: { ...process.env, ...environment } });
    return { stderr, ...(await outcome()) };
  }

  async function upAtTerminal(question: RegExp, answer: string) {
    const terminal = gustInTerminal(command, { prefix, environment });
    await terminal.shows(question);
    terminal.press(answer);
    const { code, screen } = await terminal.ended;
    assert.equal(code, 0, screen);
    return outcome();
  }

  /** How apt-get was called, and what the server came to. */
  async function outcome(): Promise<{ calls: string[]; isIsolated: boolean }> {
    const calls = await fs.readFile(environment.CALLS, "utf8").catch(() => "");
    const record: { isIsolated: boolean } = JSON.parse(
      await fs.readFile(path.join(data.path, "run/server.json"), "utf8"),
    );
    return { calls: calls.split("\n").filter(Boolean), isIsolated: record.isIsolated };
  }

  async function dispose(): Promise<void> {
    await data[Symbol.asyncDispose]();
    await directory[Symbol.asyncDispose]();
  }
}
