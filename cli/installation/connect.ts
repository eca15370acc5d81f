import { GustClient } from "../../sdk/src/index.ts";
import { usage } from "../failure.ts";
import { readCredentials, type Credentials } from "./credentials.ts";
import { dataDirectoryOf } from "./data-directory.ts";
import { profileNamed, readProfiles } from "./profiles.ts";
import { runningServer } from "./server-record.ts";

/** How a command names the installation it means. */
export interface InstallationOptions {
  readonly data?: string;
  readonly profile?: string;
  readonly endpoint?: string;
}

/** An installation that commands talk to: its API, and where its functions answer. */
export interface Installation {
  readonly client: GustClient;
  /** Origin without a slash at the end. */
  readonly endpoint: string;
  /** The same with TLS; null where nothing is known to listen with it. */
  readonly tlsEndpoint: string | null;
  /** What the process at `endpoint` does; null where it is not on this machine, or does not run. */
  readonly roles: readonly string[] | null;
}

/**
 * Finds the installation: `--endpoint` with a key from the environment or a profile, `--profile`, `--data` or
 * `GUST_DATA`, the profile of the last `gust login`, and otherwise the one of this user on this machine.
 */
export async function connect(options: InstallationOptions): Promise<Installation> {
  const found = await findCredentials(options, process.env);
  const client = new GustClient(found);
  const { endpoint } = client;
  const tlsEndpoint = endpoint.startsWith("https:") ? endpoint : (found.tlsUrl ?? null);
  return { client, endpoint, tlsEndpoint, roles: found.roles ?? null };
}

interface FoundCredentials extends Credentials {
  readonly tlsUrl?: string | undefined;
  readonly roles?: readonly string[];
}

async function findCredentials(
  options: InstallationOptions,
  environment: NodeJS.ProcessEnv,
): Promise<FoundCredentials> {
  if (options.endpoint !== undefined) return credentialsFor(options.endpoint, environment);
  const name = options.profile ?? environment["GUST_PROFILE"];
  if (name !== undefined && name !== "") return profileNamed(await readProfiles(), name);
  if (options.data === undefined && (environment["GUST_DATA"] ?? "") === "") {
    const profiles = await readProfiles();
    if (profiles.current !== null) return profileNamed(profiles, profiles.current);
  }
  return localCredentials(dataDirectoryOf(options.data, environment));
}

/** The port may be another one since the credentials were written: the running server knows. */
async function localCredentials(dataDirectory: string): Promise<FoundCredentials> {
  const credentials = await readCredentials(dataDirectory);
  const server = await runningServer(dataDirectory);
  return server === null
    ? credentials
    : { ...credentials, endpoint: server.url, tlsUrl: server.tlsUrl, roles: server.roles };
}

async function credentialsFor(given: string, environment: NodeJS.ProcessEnv): Promise<Credentials> {
  const { origin: endpoint } = parseEndpoint(given);
  const secretId = environment["TENCENTCLOUD_SECRET_ID"] ?? "";
  const secretKey = environment["TENCENTCLOUD_SECRET_KEY"] ?? "";
  if (secretId !== "" && secretKey !== "") {
    const token = environment["TENCENTCLOUD_TOKEN"];
    const region = environment["TENCENTCLOUD_REGION"] ?? "ap-guangzhou";
    return { endpoint, region, secretId, secretKey, ...(token === undefined ? {} : { token }) };
  }
  const { profiles } = await readProfiles();
  const found = Object.values(profiles).find((profile) => sameOrigin(profile.endpoint, endpoint));
  if (found !== undefined) return found;
  throw usage(
    `No key is known for ${endpoint}. Use \`gust login ${endpoint}\`, or set TENCENTCLOUD_SECRET_ID and TENCENTCLOUD_SECRET_KEY.`,
  );
}

/** The address of an installation that a person gave. */
export function parseEndpoint(given: string): URL {
  const parsed = URL.parse(given);
  if (parsed !== null && ["http:", "https:"].includes(parsed.protocol)) return parsed;
  throw usage(`${given} is not an address; write https://host or http://host:port.`);
}

function sameOrigin(one: string, other: string): boolean {
  return URL.canParse(one) && URL.canParse(other) && new URL(one).origin === new URL(other).origin;
}
