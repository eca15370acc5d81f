import { createInterface } from "node:readline";
import type { Command } from "commander";
import { GustApiError, GustClient } from "../../../sdk/src/index.ts";
import { failed, usage } from "../../failure.ts";
import { parseEndpoint } from "../../installation/connect.ts";
import { profileNamed, profilesFile, readProfiles, writeProfiles } from "../../installation/profiles.ts";
import { newCommand, newSession, type CommonOptions, type Session } from "../../session.ts";
import { askSecret, askText } from "../../terminal/questions.ts";

interface LoginOptions extends CommonOptions {
  readonly secretId?: string;
  readonly secretKey?: string;
  readonly region: string;
  readonly name?: string;
  readonly local?: boolean;
}

export function addLogin(program: Command, signal: AbortSignal): void {
  const command = newCommand("login", "Uses a remote installation from then on", [
    "login https://gust.example.com",
    "login https://gust.example.com --secret-id AKID… --name work < key.txt",
    "login --profile work      switch to a profile that is known",
    "login --local             back to the installation on this machine",
  ]);
  command
    .argument("[endpoint]", "address of the installation")
    .option("--secret-id <id>", "SecretId (or TENCENTCLOUD_SECRET_ID); asked for otherwise")
    .option("--secret-key <key>", "SecretKey; better TENCENTCLOUD_SECRET_KEY, standard input, or the question")
    .option("--region <region>", "region that requests name", "ap-guangzhou")
    .option("--name <name>", "name of the profile; the host when absent")
    .option("--local", "use the installation on this machine again")
    .action(async (endpoint: string | undefined, options: LoginOptions) => {
      const session = newSession(options, signal);
      if (options.local === true) return useLocal(session);
      const named = options.endpoint ?? endpoint;
      if (named === undefined && options.profile !== undefined) return useProfile(options.profile, session);
      if (named === undefined) throw usage("Which installation? Give its address: gust login https://gust.example.com");
      await login(named, options, session);
    });
  program.addCommand(command);
}

async function login(endpoint: string, options: LoginOptions, session: Session): Promise<void> {
  const { origin, host } = parseEndpoint(endpoint);
  const secretId = options.secretId || process.env["TENCENTCLOUD_SECRET_ID"] || (await readId(session));
  const secretKey = options.secretKey || process.env["TENCENTCLOUD_SECRET_KEY"] || (await readKey(session));
  const profile = { endpoint: origin, region: options.region, secretId, secretKey };
  await checkKey(new GustClient(profile), session.signal);
  const name = options.name ?? options.profile ?? host;
  const known = await readProfiles();
  await writeProfiles({ current: name, profiles: { ...known.profiles, [name]: profile } });
  session.terminal.result({ profile: name, endpoint: origin }, () => {
    const file = session.terminal.style.dim(profilesFile());
    return `Commands now go to ${origin} (profile ${name}, kept in ${file}).\nBack to this machine: gust login --local`;
  });
}

async function checkKey(client: GustClient, signal: AbortSignal): Promise<void> {
  try {
    await client.request("GetAccount", {}, { signal });
  } catch (error) {
    if (error instanceof GustApiError && error.code.startsWith("AuthFailure")) {
      throw failed(`${client.endpoint} does not accept this key: ${error.message}`, { code: error.code, cause: error });
    }
    throw error;
  }
}

async function useLocal({ terminal }: Session): Promise<void> {
  const known = await readProfiles();
  if (known.current !== null) await writeProfiles({ ...known, current: null });
  terminal.result({ profile: null }, () => "Commands now go to the installation on this machine.");
}

async function useProfile(name: string, { terminal }: Session): Promise<void> {
  const known = await readProfiles();
  const { endpoint } = profileNamed(known, name);
  await writeProfiles({ ...known, current: name });
  terminal.result({ profile: name, endpoint }, () => `Commands now go to ${endpoint} (profile ${name}).`);
}

async function readId({ terminal, signal }: Session): Promise<string> {
  if (terminal.canAsk) return askText("SecretId", signal);
  throw usage("Give the SecretId with --secret-id or TENCENTCLOUD_SECRET_ID.");
}

/** From standard input when it is piped, so that the key stands in no command line; asked for otherwise. */
async function readKey({ terminal, signal }: Session): Promise<string> {
  if (terminal.canAsk) return askSecret("SecretKey", signal);
  const key = process.stdin.isTTY
    ? ""
    : await terminal.during("Reading the SecretKey from standard input", () => readLine(signal));
  if (key === "") throw usage("Give the SecretKey with TENCENTCLOUD_SECRET_KEY or on standard input.");
  return key;
}

async function readLine(signal: AbortSignal): Promise<string> {
  using lines = createInterface({ input: process.stdin, terminal: false, signal });
  for await (const line of lines) return line.trim();
  return "";
}
