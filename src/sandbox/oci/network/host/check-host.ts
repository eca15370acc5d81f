import { constants } from "node:fs";
import { access, readFile, writeFile } from "node:fs/promises";
import { z } from "zod";
import type { Logger } from "../../../../core/index.ts";
import { runProgram } from "./run-program.ts";

const forwardingFile = "/proc/sys/net/ipv4/ip_forward";

export const forwardingCommand = "sysctl -w net.ipv4.ip_forward=1";

/** Numbers of the capabilities that networks need. */
const capabilities = { NET_ADMIN: 12, SYS_ADMIN: 21 } as const;

/** Throws an Error of one sentence that says what this host lacks to make networks. */
export async function checkHost(): Promise<void> {
  if (process.platform !== "linux") throw new Error(`Networks of sandboxes need Linux; this is ${process.platform}`);
  if (process.arch !== "x64" && process.arch !== "arm64") {
    throw new Error(`Networks of sandboxes are made for x64 and arm64; this processor is ${process.arch}`);
  }
  const missing = missingCapabilities(await readFile("/proc/self/status", "utf8"));
  if (missing.length > 0) {
    throw new Error(`Networks of sandboxes need root; this process lacks the capability ${missing.join(" and ")}`);
  }
  await Promise.all([runProgram("ip", ["-V"]), runProgram("nft", ["--version"]), runProgram("perl", ["-v"])]);
  await access("/sys/class/net/lo/netdev_group", constants.W_OK).catch((cause: unknown) => {
    throw new Error(`Networks of sandboxes need /sys to be writable: start the platform's container as privileged`, {
      cause,
    });
  });
}

export function missingCapabilities(status: string): readonly string[] {
  const effective = BigInt(`0x${/^CapEff:\s*([0-9a-f]+)$/m.exec(status)?.[1] ?? "0"}`);
  return Object.entries(capabilities)
    .filter(([, number]) => (effective & (1n << BigInt(number))) === 0n)
    .map(([name]) => name);
}

/** Lets the kernel pass packets between interfaces. It stays on: others on this host may have come to need it. */
export async function turnForwardingOn(logger: Logger): Promise<void> {
  if (await isForwarding()) return;
  await writeFile(forwardingFile, "1").catch(refuseForwarding);
  logger.info({ setting: "net.ipv4.ip_forward" }, "IPv4 forwarding of this host is on now, and stays on");
}

export async function isForwarding(): Promise<boolean> {
  return (await readFile(forwardingFile, "utf8")).trim() === "1";
}

/** Throws an Error of one sentence when forwarding is off and would stay so. Changes nothing. */
export async function checkForwarding(): Promise<void> {
  if (await isForwarding()) return;
  await access(forwardingFile, constants.W_OK).catch(refuseForwarding);
}

function refuseForwarding(cause: unknown): never {
  throw new Error(
    `IPv4 forwarding is off and cannot be turned on from here: run \`${forwardingCommand}\` on the host`,
    {
      cause,
    },
  );
}

const chainsSchema = z.object({
  nftables: z.array(
    z.object({
      chain: z
        .object({ family: z.string(), table: z.string(), hook: z.string().optional(), policy: z.string().optional() })
        .optional(),
    }),
  ),
});

/** Tables of others that drop whatever they do not know on its way through this host, or to it; our `accept` does not overrule them. */
export async function findDrops(wanted: "forward" | "input"): Promise<readonly string[]> {
  const { nftables } = chainsSchema.parse(JSON.parse(await runProgram("nft", ["-j", "list", "chains"])));
  return nftables
    .map(({ chain }) => chain)
    .filter((chain) => chain !== undefined)
    .filter(
      ({ family, hook, policy }) => hook === wanted && policy === "drop" && (family === "ip" || family === "inet"),
    )
    .map(({ family, table }) => `${family} ${table}`);
}
