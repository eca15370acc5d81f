import { readFile } from "node:fs/promises";
import type { Clock, Logger } from "../../core/index.ts";
import type { Store } from "../../store/index.ts";
import { acmeAuthority } from "./acme-authority.ts";
import { CertificateOrders } from "./certificate-orders.ts";

interface AcmeConfig {
  readonly acmeDirectory?: string | undefined;
  readonly acmeEmail?: string | undefined;
  readonly acmeCa?: string | undefined;
}

/** Certificates that this installation obtains itself. */
export interface Acme {
  /** Of the account: what proofs are made with. */
  readonly thumbprint: string;
  /** Orders are made from now on: the gateway has to listen. */
  start(): AsyncDisposable;
}

/** Null: it is off. Rejects with a sentence for a person. */
export async function openAcme(
  { acmeDirectory: directory, acmeEmail: email, acmeCa }: AcmeConfig,
  parts: { readonly store: Store; readonly clock: Clock; readonly logger: Logger },
): Promise<Acme | null> {
  if (directory === undefined) return null;
  const authorities = acmeCa === undefined ? undefined : await readAuthorities(acmeCa);
  const { key: accountKey, thumbprint } = await parts.store.certificateOrders.account(directory);
  const obtain = acmeAuthority({ directory, email, authorities, accountKey });
  return { thumbprint, start: () => new CertificateOrders({ ...parts, obtain }) };
}

async function readAuthorities(file: string): Promise<string> {
  try {
    return await readFile(file, "utf8");
  } catch (cause) {
    throw new Error(`GUST_ACME_CA=${file} cannot be read.`, { cause });
  }
}
