import { generateKeyPairSync, type KeyObject } from "node:crypto";
import { writeCertificate } from "../src/gateway/tls/write-certificate.ts";

/** A certificate with its private key, as PEM. */
export interface MadeCertificate {
  readonly certificate: string;
  readonly key: string;
}

/** An authority for tests, which certifies names of `example.com`, `example.org` and `localhost`. */
export class MadeAuthority {
  readonly #key: KeyObject;
  readonly #now: number;
  /** As PEM. */
  readonly certificate: string;

  constructor(now: number = Date.now()) {
    const { publicKey, privateKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
    const purpose = { kind: "authority", domains: ["example.com", "example.org", "localhost"] } as const;
    const contents = { subject: "Authority of a test", publicKey, days: 3_650, purpose };
    this.#key = privateKey;
    this.#now = now;
    this.certificate = writeCertificate(contents, { name: "Authority of a test", key: privateKey }, now);
  }

  /** @param from days from now at which it begins */
  issue(names: readonly string[], { from = 0, days = 90 } = {}): MadeCertificate {
    const { publicKey, privateKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
    const contents = { subject: names[0] ?? "nobody", publicKey, days, purpose: { kind: "server", names } } as const;
    const signer = { name: "Authority of a test", key: this.#key };
    const certificate = writeCertificate(contents, signer, this.#now + from * 86_400_000);
    return { certificate, key: privateKey.export({ type: "pkcs8", format: "pem" }).toString() };
  }
}
