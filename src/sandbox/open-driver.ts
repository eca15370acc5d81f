import { PlatformError, type Logger } from "../core/index.ts";
import type { SandboxDriver } from "./driver.ts";
import { createOciDriver, type OciDriverOptions } from "./oci/oci-driver.ts";
import { createBoxNetworks, type BoxNetworksOptions } from "./oci/network/box-networks.ts";
import { createProcessDriver } from "./process/process-driver.ts";

/** How functions are separated: `auto` means containers where this host and this user can have them. */
export type SandboxChoice = "auto" | "oci" | "process";

export interface OpenDriverOptions extends OciDriverOptions {
  /** What the settings say about the networks of containers. */
  readonly network?: Pick<BoxNetworksOptions, "range" | "allowedNetworks" | "resolvers">;
}

/** Networks made ahead: making one takes milliseconds, so a few more than boots at a time will do. */
const networksReady = 8;

/** Opens the driver that was chosen, and says in one line which one it is and why. */
export async function openDriver(
  choice: SandboxChoice,
  { network, ...options }: OpenDriverOptions,
): Promise<SandboxDriver> {
  const { logger } = options;
  if (choice === "process") return createProcessDriver(options);
  try {
    const driver = await createOciDriver({
      ...options,
      openNetworks: (installation) => createBoxNetworks({ ...network, installation, logger, poolSize: networksReady }),
    });
    sayWhatWasChosen(driver, logger);
    return driver;
  } catch (error) {
    if (choice === "oci" || !(error instanceof PlatformError)) throw error;
    logger.warn({ driver: "process" }, `${error.message}. Functions run as plain processes`);
    return createProcessDriver(options);
  }
}

function sayWhatWasChosen(driver: SandboxDriver, logger: Logger): void {
  const { driver: name, notes } = driver.capabilities();
  logger.info({ driver: name }, notes.join(" "));
}
