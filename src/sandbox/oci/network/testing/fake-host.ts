import assert from "node:assert/strict";
import { execFile, spawn, spawnSync, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import os from "node:os";
import { text } from "node:stream/consumers";
import { it } from "node:test";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import type { BoxNetwork } from "../box-network.ts";
import { programEnvironment } from "../../../host-programs/find-program.ts";

const execute = promisify(execFile);
const internet = fileURLToPath(new URL("fake-internet.ts", import.meta.url));

/** Addresses of the fake host and of what is around it. */
export const places = {
  host: "203.0.113.1",
  public: "198.51.100.7",
  metadata: "169.254.169.254",
  azure: "168.63.129.16",
  oracle: "192.0.0.192",
  alibaba: "100.100.100.200",
  lan: "10.1.2.3",
  otherLan: "192.168.7.7",
} as const;

const hostname = "gust-fake-host";

/**
 * Runs the tests of a file on a host of their own: the file once more, in namespaces in which it is root of an empty network. The real
 * host's rules, routes and forwarding stay as they are. Skipped with the reason where that cannot be.
 */
export function onFakeHost(file: string, tests: () => void): void {
  if (os.hostname() === hostname) {
    tests();
    return;
  }
  it("holds on a host of its own", { skip: findMissing() }, async () => {
    const start = `unset NODE_TEST_CONTEXT; hostname ${hostname} && mount -t sysfs sysfs /sys && exec "$@"`;
    const again = [process.execPath, "--test", "--test-reporter=spec", "--test-timeout=15000", file];
    // Processes of their own, too: none of them outlives this one, whatever becomes of it.
    const apart = ["--net", "--mount", "--uts", "--pid", "--fork", "--kill-child", "--mount-proc"];
    const parameters = ["--pdeathsig", "KILL", "unshare", ...apart, "sh", "-c", start, "sh", ...again];
    const child = spawn("setpriv", parameters, { stdio: ["ignore", "pipe", "inherit"] });
    const exit = once(child, "close");
    const report = await text(child.stdout);
    assert.deepEqual(await exit, [0, null], report);
    assert.match(report, /pass [1-9]\d*\n/, "its tests did run");
  });
}

function findMissing(): string | false {
  if (process.platform !== "linux" || process.getuid?.() !== 0) return "needs Linux and root";
  const missing = ["ip", "nft", "perl", "nsenter", "setpriv", "unshare"].filter(
    (program) => spawnSync(program, ["--help"], { env: programEnvironment }).error !== undefined,
  );
  if (missing.length > 0) return `needs ${missing.join(", ")}: apt-get install iproute2 nftables`;
  const apart = ["--net", "--mount", "--pid", "--fork", "--mount-proc", "nft", "list", "tables"];
  return spawnSync("unshare", apart, { env: programEnvironment }).status !== 0 && "needs a host that makes namespaces";
}

/** `sh -c` on the fake host. */
export async function onHost(command: string): Promise<string> {
  return (await execute("sh", ["-c", command])).stdout;
}

/**
 * Runs in an empty network namespace (`unshare --net`), which it makes a host with an uplink: everything that is not its own lies behind the
 * default route and answers, metadata and private networks too, so that what a box does not reach is refused by the fence alone.
 */
export async function buildFakeHost(): Promise<ChildProcess> {
  const start = `echo entered; read go; exec "${process.execPath}" "${internet}"`;
  const outside = spawn("unshare", ["--net", "sh", "-c", start], { stdio: ["pipe", "pipe", "inherit"] });
  await firstWords(outside);
  const { host, ...elsewhere } = places;
  await onHost(`
    set -e
    ip link set lo up
    ip link add wan mtu 1400 type veth peer name eth0 netns ${outside.pid}
    ip address add ${host}/24 dev wan
    ip link set wan up
    nsenter --net=/proc/${outside.pid}/ns/net sh -ec '
      ip link set lo up
      ip address add 203.0.113.2/24 dev eth0
      for address in ${Object.values(elsewhere).join(" ")}; do ip address add $address/32 dev lo; done
      ip link set eth0 up'
    ip route add default via 203.0.113.2`);
  outside.stdin.write("go\n");
  await firstWords(outside);
  return outside;
}

/** What a connection from inside the box came to: the first words of the other side, or the code of the failure. */
export async function callFrom(network: BoxNetwork, address: string, port: number, from = ""): Promise<string> {
  return runInside(
    network,
    `const socket = require("node:net").connect({ host: "${address}", port: ${port}, localAddress: "${from}" || undefined });
    socket.setTimeout(1500, () => socket.destroy(Object.assign(new Error(), { code: "silence" })));
    socket.once("data", (data) => { console.log(String(data).trim()); socket.destroy(); });
    socket.once("error", ({ code }) => console.log(code));`,
  );
}

/** What the box's first nameserver says about a name. */
export async function resolveFrom(network: BoxNetwork, resolvConf: string): Promise<string> {
  const server = /nameserver (\S+)/.exec(resolvConf)?.[1];
  return runInside(
    network,
    `const resolver = new (require("node:dns").promises.Resolver)({ timeout: 1000, tries: 1 });
    resolver.setServers(["${server}"]);
    resolver.resolve4("anything.example").then((found) => console.log(found.join()), ({ code }) => console.log(code));`,
  );
}

export async function runInside(network: BoxNetwork, program: string): Promise<string> {
  const { stdout } = await execute("nsenter", [`--net=${network.namespacePath}`, process.execPath, "-e", program], {
    timeout: 5_000,
  });
  return stdout.trim();
}

/** A program inside that goes on. */
export function spawnInside(network: BoxNetwork, program: string): ChildProcess {
  return spawn("nsenter", [`--net=${network.namespacePath}`, process.execPath, "-e", program], {
    stdio: ["pipe", "pipe", "inherit"],
  });
}

/** The first that a process says. Throws when it ends without a word. */
export async function firstWords(child: ChildProcess): Promise<string> {
  const { promise, resolve, reject } = Promise.withResolvers<string>();
  child.stdout?.once("data", (data) => resolve(String(data).trim()));
  child.once("exit", (code, signal) => reject(new Error(`It ended with ${signal ?? code} before it said anything`)));
  return promise;
}
