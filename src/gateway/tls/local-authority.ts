import { createPrivateKey, createPublicKey, generateKeyPairSync, X509Certificate, type KeyObject } from "node:crypto";
import fs from "node:fs/promises";
import os from "node:os";
import path from "node:path";
import { writeCertificate, type Signer } from "./write-certificate.ts";

/** A certificate with its private key, both as PEM. */
export interface KeyedCertificate {
  readonly certificate: string;
  readonly key: string;
}

const authorityDays = 3_650;
/** Programs refuse certificates that are valid for too long (Apple's: over 825 days). */
const leafDays = 90;

/** Below the data directory. */
export const authorityFile = path.join("tls", "authority.pem");
const keyFile = path.join("tls", "authority.key");

/**
 * The certificate authority of this installation, which its users may trust (`gust trust`). It can certify nothing but `localhost` and the
 * base domain, so that whoever gets hold of its key cannot pretend to be another site.
 */
export class LocalAuthority {
  /** As PEM. */
  readonly certificate: string;
  readonly #signer: Signer;
  /** One for all that it issues: making a key costs as much as the certificate. */
  readonly #leafKey = generateKeyPairSync("ec", { namedCurve: "P-256" });
  readonly #leafKeyPem = pemOf(this.#leafKey.privateKey);

  private constructor(certificate: string, signer: Signer) {
    this.certificate = certificate;
    this.#signer = signer;
  }

  /** Reads it from the data directory, or makes it there: at first start, for another base domain, and before it runs out. */
  static async open(dataDirectory: string, baseDomain: string, now: number): Promise<LocalAuthority> {
    const name = `Gust ${baseDomain} (${os.hostname()})`;
    const kept = await readAuthority(dataDirectory);
    const isUsable =
      kept !== null &&
      kept.certificate.subject === `CN=${name}` &&
      kept.certificate.validToDate.getTime() > now + leafDays * dayMs;
    if (isUsable) return new LocalAuthority(kept.certificate.toString(), { name, key: kept.key });
    const { publicKey, privateKey: key } = generateKeyPairSync("ec", { namedCurve: "P-256" });
    const purpose = { kind: "authority", domains: [...new Set(["localhost", baseDomain])] } as const;
    const certificate = writeCertificate(
      { subject: name, publicKey, days: authorityDays, purpose },
      { name, key },
      now,
    );
    await keepAuthority(dataDirectory, { certificate, key: pemOf(key) });
    return new LocalAuthority(certificate, { name, key });
  }

  /** Certifies host names and addresses for `leafDays`. */
  issue(names: readonly string[], now: number): KeyedCertificate {
    const subject = (names[0] ?? "").slice(0, 64); // X.520's limit; programs look at the names
    const { publicKey } = this.#leafKey;
    const contents = { subject, publicKey, days: leafDays, purpose: { kind: "server", names } } as const;
    return { certificate: writeCertificate(contents, this.#signer, now), key: this.#leafKeyPem };
  }
}

const dayMs = 86_400_000;

function pemOf(key: KeyObject): string {
  return key.export({ type: "pkcs8", format: "pem" }).toString();
}

/** Null: there is none. Rejects when there is one that cannot be read: it may be trusted already, and is not thrown away. */
async function readAuthority(dataDirectory: string): Promise<{ certificate: X509Certificate; key: KeyObject } | null> {
  const [certificate, key] = await Promise.all([
    readIfThere(path.join(dataDirectory, authorityFile)),
    readIfThere(path.join(dataDirectory, keyFile)),
  ]);
  if (certificate === null || key === null) return null;
  try {
    const parsed = { certificate: new X509Certificate(certificate), key: createPrivateKey(key) };
    if (parsed.certificate.publicKey.equals(createPublicKey(parsed.key))) return parsed;
  } catch (cause) {
    throw new Error(unusable(dataDirectory), { cause });
  }
  throw new Error(unusable(dataDirectory));
}

function unusable(dataDirectory: string): string {
  return `The certificate authority in ${path.join(dataDirectory, "tls")} cannot be used; remove both of its files, and another one is made.`;
}

async function readIfThere(file: string): Promise<string | null> {
  try {
    return await fs.readFile(file, "utf8");
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "ENOENT") return null;
    throw error;
  }
}

/** The key first: a crash between the two leaves no certificate that nobody can sign for. */
async function keepAuthority(dataDirectory: string, { certificate, key }: KeyedCertificate): Promise<void> {
  const directory = path.join(dataDirectory, "tls");
  await fs.mkdir(directory, { recursive: true, mode: 0o755 });
  await fs.rm(path.join(dataDirectory, authorityFile), { force: true });
  await replaceFile(path.join(dataDirectory, keyFile), key, 0o600);
  await replaceFile(path.join(dataDirectory, authorityFile), certificate, 0o644);
}

async function replaceFile(file: string, text: string, mode: number): Promise<void> {
  const temporary = `${file}.${process.pid}`;
  await fs.writeFile(temporary, text, { mode });
  await fs.rename(temporary, file);
}
