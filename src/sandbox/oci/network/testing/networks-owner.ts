import { createBoxNetworks } from "../box-networks.ts";

/** Owns networks until it is killed, one of them taken: `INSTALLATION` as argument; says the taken one's namespace when it stands. */
const quiet = { error() {}, warn() {}, info() {}, debug() {} };
const networks = await createBoxNetworks({ installation: String(process.argv[2]), poolSize: 3, logger: quiet });
const taken = await networks.take({ signal: AbortSignal.timeout(5_000) });
process.stdout.write(`${taken.namespacePath}\n`);
setInterval(() => undefined, 60_000);
