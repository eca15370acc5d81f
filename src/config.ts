import { readFileSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import { z } from "zod";
import { openFilesLimit } from "./open-files-limit.ts";

/** Addresses or networks, separated by commas. */
const addressList = z
  .string()
  .default("")
  .transform((text) => text.split(",").flatMap((part) => part.trim() || []));

const hostRoles = ["control", "data"] as const;

/** Without a password: install scripts of strangers' packages can read it in their box. */
const registryUrl = z
  .url({ protocol: /^https?$/ })
  .refine(
    (text) => new URL(text).username === "" && new URL(text).password === "",
    "no user or password: builds see it",
  )
  .optional();

const atLeastOne = z.coerce.number().int().min(1);
/** A number that counts, of which 0 stands for no limit. */
const noLimit = z.coerce.number().int().min(0).default(0);

/**
 * Every setting of a Gust server, with its default and what it is for. Read once from the
 * environment (`GUST_…`), frozen; nothing else reads `process.env`. This schema is the manual.
 */
const settings = z.object({
  dataDirectory: z
    .string()
    .min(1)
    .describe("Where everything is kept. GUST_DATA; /var/lib/gust for root, $XDG_DATA_HOME/gust otherwise"),
  host: z.string().default("127.0.0.1").describe("Address to listen on. GUST_HOST"),
  port: z.coerce
    .number()
    .int()
    .min(0)
    .max(65_535)
    .default(4878)
    .describe("Port of the one listener; 0 takes a free one. GUST_PORT"),
  roles: z
    .string()
    .default("all")
    .transform((text) => (text.trim() === "all" ? hostRoles : text.split(",").map((role) => role.trim())))
    .pipe(z.array(z.enum(hostRoles)).min(1))
    .describe(
      "What this process does: control (the cloud API), data (functions), or all; processes with the same DATABASE_URL are one installation. GUST_ROLES",
    ),
  sharePort: z
    .stringbool()
    .default(false)
    .describe(
      "Whether several processes of this machine listen on GUST_PORT and GUST_TLS_PORT together. GUST_SHARE_PORT",
    ),
  internalHost: z
    .string()
    .default("127.0.0.1")
    .refine((host) => !["0.0.0.0", "::"].includes(host), "the others must reach it there")
    .describe(
      "Address of this host in the network that all processes of an installation share, and nobody else; they reach it there. GUST_INTERNAL_HOST",
    ),
  internalPort: z.coerce
    .number()
    .int()
    .min(0)
    .max(65_535)
    .default(0)
    .describe("Port of the listener for the other processes; 0 takes a free one. GUST_INTERNAL_PORT"),
  publicUrl: z
    .url({ protocol: /^https?$/ })
    .optional()
    .describe(
      "Where callers reach this process, as others tell them; unless set the address that it listens on, and GUST_INTERNAL_HOST where it listens on all. GUST_PUBLIC_URL",
    ),
  tlsPort: z
    .union([z.literal("off").transform(() => null), z.coerce.number().int().min(0).max(65_535)])
    .optional()
    .describe(
      "Port of the listener with TLS, 0 takes a free one, or off; the one after GUST_PORT unless set. GUST_TLS_PORT",
    ),
  sandbox: z
    .enum(["auto", "oci", "process"])
    .default("auto")
    .describe(
      "How functions are separated: oci (containers), process (not at all), auto (the best this host can). GUST_SANDBOX",
    ),
  sandboxRuntime: z
    .string()
    .min(1)
    .optional()
    .describe("OCI runtime, by name or path; crun or runc, whichever works, unless set. GUST_SANDBOX_RUNTIME"),
  sandboxRoot: z
    .string()
    .startsWith("/")
    .optional()
    .describe(
      "System that containers see, an EROFS image of gust runtime build or a directory; the host's unless set. GUST_SANDBOX_ROOT",
    ),
  databaseUrl: z.string().optional().describe("PostgreSQL to use instead of the embedded one. DATABASE_URL"),
  baseDomain: z
    .string()
    .default("localhost")
    .describe("Public domains are <function>-<id>.<base domain>. GUST_BASE_DOMAIN"),
  region: z.string().default("ap-guangzhou").describe("Region that the API reports and functions see. GUST_REGION"),
  logLevel: z
    .enum(["debug", "info", "warn", "error"])
    .default("info")
    .describe("Lowest level of the platform's own log. GUST_LOG_LEVEL"),
  idleStopS: z.coerce
    .number()
    .min(1)
    .default(600)
    .describe("An instance without calls for so long is stopped. GUST_IDLE_STOP_S"),
  poolSize: z.coerce
    .number()
    .int()
    .min(0)
    .max(100)
    .default(2)
    .describe(
      "Started runtimes kept ready per interpreter, at least: more while they are claimed fast. GUST_POOL_SIZE",
    ),
  memoryReserveMb: z.coerce
    .number()
    .int()
    .min(0)
    .default(Math.min(512, Math.floor((os.totalmem() / (1024 * 1024)) * 0.05)))
    .describe(
      "Instances without calls are stopped while this host has less memory available than so many MB; 0: never. GUST_MEMORY_RESERVE_MB",
    ),
  maxInstances: atLeastOne
    .default(Math.max(16, Math.floor(os.totalmem() / (96 * 1024 * 1024))))
    .describe("Instances of all functions together on this host. GUST_MAX_INSTANCES"),
  maxParallelBoots: atLeastOne
    .default(Math.max(4, 2 * os.availableParallelism())) // a boot waits for half of its time: with as many as cores 13 a second start on two, with 4 over 16
    .describe("Sandboxes started at the same time: of calls first, then refills. GUST_MAX_PARALLEL_BOOTS"),
  queueLength: z.coerce
    .number()
    .int()
    .min(0)
    .default(1_000)
    .describe("Calls of one function that may wait for an instance. GUST_QUEUE_LENGTH"),
  queueWaitS: z.coerce
    .number()
    .min(0)
    .default(15)
    .describe(
      "Longest wait for an instance that is not being started before a call is refused with 429 or 432. GUST_QUEUE_WAIT_S",
    ),
  boxRange: z
    .string()
    .optional()
    .describe("Addresses of containers, /12 to /28, such as 10.200.0.0/16; a free range by itself. GUST_BOX_RANGE"),
  boxAllow: addressList.describe("Private networks that functions in containers may reach; none. GUST_BOX_ALLOW"),
  boxResolvers: addressList.describe("IPv4 nameservers of containers; empty: the host's. GUST_BOX_RESOLVERS"),
  npmRegistry: registryUrl.describe(
    "Where builds install npm packages from; npm's own default unless set. GUST_NPM_REGISTRY",
  ),
  pipIndexUrl: registryUrl.describe(
    "Where builds install Python packages from; pip's own default unless set. GUST_PIP_INDEX_URL",
  ),
  acmeDirectory: z
    .url({ protocol: /^https$/ })
    .optional()
    .describe("ACME directory that custom domains get certificates from; off unless set. GUST_ACME_DIRECTORY"),
  acmeEmail: z.email().optional().describe("Whom that authority tells of problems. GUST_ACME_EMAIL"),
  acmeCa: z.string().optional().describe("PEM file to trust for the directory of a private authority. GUST_ACME_CA"),
  headerBytes: z.coerce
    .number()
    .int()
    .min(1024)
    .default(64 * 1024)
    .describe("Largest request head. GUST_HEADER_BYTES"),
  headerTimeoutS: z.coerce
    .number()
    .min(1)
    .default(10)
    .describe("Time a client has to send a request head. GUST_HEADER_TIMEOUT_S"),
  idleTimeoutS: z.coerce
    .number()
    .min(1)
    .default(75)
    .describe("A kept-alive connection without a request is closed after this. GUST_IDLE_TIMEOUT_S"),
  bodyIdleTimeoutS: z.coerce
    .number()
    .min(1)
    .default(60)
    .describe("A body that makes no progress for so long ends the call. GUST_BODY_IDLE_TIMEOUT_S"),
  drainTimeoutS: z.coerce
    .number()
    .min(0)
    .default(30)
    .describe("Time running calls have at a stop, or on an old version. GUST_DRAIN_TIMEOUT_S"),
  ratePerAddress: z.coerce
    .number()
    .min(0)
    .default(0)
    .describe(
      "Requests a second to functions from one client address, more get 429; 0: no limit. GUST_RATE_PER_ADDRESS",
    ),
  ratePerFunction: z.coerce
    .number()
    .min(0)
    .default(0)
    .describe("Requests a second to one function by URL, more get 429; 0: no limit. GUST_RATE_PER_FUNCTION"),
  maxRequests: atLeastOne
    .default(Math.max(1_024, Math.floor(os.totalmem() / (256 * 1024)))) // what a request may have in buffers
    .describe("Requests to functions by URL at the same time, more get 503. GUST_MAX_REQUESTS"),
  maxRequestsPerAddress: noLimit.describe(
    "Of these from one client address, more get 429; 0: no limit. GUST_MAX_REQUESTS_PER_ADDRESS",
  ),
  maxConnections: atLeastOne
    .default(Math.max(256, Math.floor(openFilesLimit() / 2))) // services and sandboxes need descriptors, too
    .describe("Client connections, more get 503 or are closed before TLS. GUST_MAX_CONNECTIONS"),
  maxConnectionsPerAddress: noLimit.describe(
    "Of these from one client address, more get 429; 0: no limit. GUST_MAX_CONNECTIONS_PER_ADDRESS",
  ),
  backendAllow: addressList.describe(
    "Addresses of this host, of boxes, loopback or link-local that HTTP back ends of APIs may have; none. GUST_BACKEND_ALLOW",
  ),
  accessLog: z
    .union([z.enum(["json", "combined", "off"]), z.stringbool().transform((isOn) => (isOn ? "json" : "off"))])
    .default("off")
    .describe("What <data>/log/access.log gets per request: json, combined (Apache's format), off. GUST_ACCESS_LOG"),
});

export type Config = Readonly<z.infer<typeof settings>>;

/** `idleStopS` is `GUST_IDLE_STOP_S`; two names are older than the rule. */
function variableOf(name: keyof Config): string {
  if (name === "databaseUrl") return "DATABASE_URL";
  if (name === "dataDirectory") return "GUST_DATA";
  return `GUST_${name.replaceAll(/[A-Z]/g, (letter) => `_${letter}`).toUpperCase()}`;
}

/** Reads and checks the settings. Throws an Error whose message names each wrong variable. */
export function readConfig(environment: NodeJS.ProcessEnv = process.env): Config {
  const given: Record<string, string> = {};
  for (const name of settings.keyof().options) {
    const value = environment[variableOf(name)];
    if (value !== undefined && value !== "") given[name] = value;
  }
  given["dataDirectory"] ??= defaultDataDirectory(environment);
  const parsed = settings.safeParse(given);
  if (parsed.success && parsed.data.roles.length < hostRoles.length && parsed.data.databaseUrl === undefined) {
    throw new Error(
      `GUST_ROLES=${given["roles"]} needs the database that all processes share: set DATABASE_URL, or leave GUST_ROLES out.`,
    );
  }
  if (parsed.success) return Object.freeze(parsed.data);
  const problems = parsed.error.issues.map((issue) => {
    const name = variableOf(String(issue.path[0]) as keyof Config); // path starts with a key of the schema
    return `${name}=${given[String(issue.path[0])]} (${issue.message.replace("Invalid input: ", "")})`;
  });
  throw new Error(`Wrong settings: ${problems.join("; ")}. Correct or unset them; src/config.ts lists all.`);
}

/** What each variable says here, given or by default; never where the database is, which may hold a password. */
export function settingsInForce(config: Config, environment: NodeJS.ProcessEnv = process.env): Record<string, string> {
  const inForce: Record<string, string> = {};
  for (const name of settings.keyof().options) {
    const variable = variableOf(name);
    const byDefault = name === "roles" ? "all" : String(config[name] ?? "");
    if (name !== "databaseUrl") inForce[variable] = environment[variable] || byDefault;
  }
  return inForce;
}

/** What the settings say about containers, in the words of the sandbox room. */
export function sandboxSettings({ sandboxRuntime, sandboxRoot, boxRange, boxAllow, boxResolvers }: Config) {
  return {
    network: {
      range: boxRange,
      allowedNetworks: boxAllow,
      resolvers: boxResolvers.length === 0 ? undefined : boxResolvers, // empty: the host's
    },
    ...(sandboxRuntime === undefined ? {} : { runtime: sandboxRuntime }),
    ...(sandboxRoot === undefined ? {} : { rootDirectory: sandboxRoot }),
  };
}

/** `/var/lib/gust` for root, `$XDG_DATA_HOME/gust` or `~/.local/share/gust` otherwise. */
function defaultDataDirectory(environment: NodeJS.ProcessEnv): string {
  if (process.getuid?.() === 0) return "/var/lib/gust";
  return path.join(environment["XDG_DATA_HOME"] || path.join(os.homedir(), ".local", "share"), "gust");
}

/** Version of this Gust, from package.json. */
export const version = z
  .object({ version: z.string() })
  .parse(JSON.parse(readFileSync(new URL("../package.json", import.meta.url), "utf8"))).version;
