import { messageOf } from "../../core/index.ts";
import { createBoxNetworks, type BoxNetworksOptions } from "../oci/network/box-networks.ts";
import { forwardingCommand, isForwarding } from "../oci/network/host/check-host.ts";
import { findProgram } from "../host-programs/find-program.ts";
import { installCommand } from "../host-programs/host-packages.ts";
import { asRoot, missing, pass, untried, type HostCheck } from "./host-check.ts";

const programs = ["ip", "nft"] as const;

/** Looks for what networks are made with and, when there is nothing against it, makes one and removes it. */
export async function tryNetwork(options: BoxNetworksOptions | { readonly untried: string }): Promise<HostCheck[]> {
  const tools = programs.map((program): HostCheck => {
    const file = findProgram(program);
    if (file !== null) return pass(program, file);
    return missing(program, `${program} is not installed`, installCommand([program]));
  });
  const before = [...tools, await checkForwarding()];
  if ("untried" in options) return [...before, untried("network", options.untried)];
  if (tools.some(({ outcome }) => outcome !== "pass")) return [...before, untried("network", "programs are missing")];
  return [...before, ...(await tryOne(options))];
}

async function tryOne(options: BoxNetworksOptions): Promise<HostCheck[]> {
  try {
    await using networks = await createBoxNetworks(options);
    const found = `a namespace and an address for each box, such as those of ${networks.range}, behind packet rules`;
    return [pass("network", found), ...networks.warnings.map((warning) => missing("way out", warning, null, false))];
  } catch (error) {
    return [missing("network", messageOf(error), null)];
  }
}

async function checkForwarding(): Promise<HostCheck> {
  const name = "ip forwarding";
  if (process.platform !== "linux") return untried(name, "needs Linux");
  if (await isForwarding()) return pass(name, "on");
  return { ...pass(name, "off; gust up turns it on, and it stays on"), mend: asRoot(forwardingCommand) };
}
