import https from "node:https";
import type * as acmeClient from "acme-client";
import { messageOf } from "../../core/index.ts";

/** Whom certificates are ordered from, and as whom. */
export interface AcmeSettings {
  readonly directory: string;
  /** Told when something is wrong with a certificate. */
  readonly email?: string | undefined;
  /** Certificates, as PEM, that the directory's own may be of beside those that Node.js trusts. */
  readonly authorities?: string | undefined;
  readonly accountKey: string;
}

/** Gives a certificate for a domain that leads here. */
export type ObtainCertificate = (
  domain: string,
  options: { readonly signal: AbortSignal },
) => Promise<{ readonly chain: string; readonly key: string }>;

/** Obtains certificates by ACME (RFC 8555). The library is loaded when it is needed: few servers do, and it is large. */
export function acmeAuthority(settings: AcmeSettings): ObtainCertificate {
  return async (domain, { signal }) => {
    const { default: acme } = await import("acme-client");
    const { authorities } = settings;
    // the library has one HTTP client for all; there is one authority in a process
    Object.assign(acme.axios.defaults, {
      signal,
      timeout: requestMs,
      ...(authorities === undefined ? {} : { httpsAgent: new https.Agent({ ca: authorities }) }),
    });
    await reach(acme.axios, settings.directory);
    const client = new acme.Client({ directoryUrl: settings.directory, accountKey: settings.accountKey, ...waits });
    const contact = settings.email === undefined ? {} : { contact: [`mailto:${settings.email}`] };
    await client.createAccount({ termsOfServiceAgreed: true, ...contact });
    const order = await client.createOrder({ identifiers: [{ type: "dns", value: domain }] });
    for (const authorization of await client.getAuthorizations(order)) await prove(client, authorization);
    const key = await acme.crypto.createPrivateEcdsaKey("P-256");
    const [, request] = await acme.crypto.createCsr({ commonName: domain, altNames: [domain] }, key);
    const chain = await client.getCertificate(await client.finalizeOrder(order, request));
    return { chain, key: key.toString() };
  };
}

/** The library repeats requests that meet no answer, and in the end has forgotten why: here is the reason. */
async function reach(http: typeof acmeClient.axios, directory: string): Promise<void> {
  const { adapter, httpsAgent, timeout, signal } = http.defaults;
  const own = http.create({ adapter: adapter ?? "http", httpsAgent, timeout: timeout ?? requestMs });
  try {
    await own.get(directory, signal === undefined ? {} : { signal });
  } catch (cause) {
    const reason = messageOf(cause);
    throw new Error(`The ACME directory ${directory} does not answer: ${reason}`, { cause });
  }
}

const requestMs = 30_000;
/** Until a proof is looked at, some two minutes. */
const waits = { backoffAttempts: 12, backoffMin: 1_000, backoffMax: 15_000 } as const;

/** The gateway answers for any token already (it knows the account's thumbprint). */
async function prove(client: acmeClient.Client, { status, challenges }: acmeClient.Authorization): Promise<void> {
  if (status === "valid") return;
  const challenge = challenges.find(({ type }) => type === "http-01");
  if (challenge === undefined) throw new Error("The authority offers no challenge of the kind http-01.");
  await client.completeChallenge(challenge);
  await client.waitForValidStatus(challenge);
}
