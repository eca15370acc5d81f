import { createPrivateKey, X509Certificate, type KeyObject } from "node:crypto";
import { createSecureContext } from "node:tls";
import { messageOf } from "../../core/index.ts";
import type { CertificateContent } from "../../store/index.ts";
import { ApiError } from "../api-error.ts";
import type { ErrorCode } from "../error-codes.ts";

/** Codes that `readChain` refuses with. */
export const chainErrors = [
  "FailedOperation.CertificateParseError",
  "FailedOperation.CertificateInvalid",
  "FailedOperation.CertificateChainError",
  "FailedOperation.CertificateMismatch",
  "FailedOperation.CertificateEncryptInvalid",
] as const satisfies readonly ErrorCode[];

interface GivenCertificate {
  /** As PEM. */
  readonly chain: string;
  readonly key: string;
  /** Of an encrypted key. */
  readonly password?: string | undefined;
}

/** What a server certificate is for, once nothing speaks against serving with it. Throws ApiError that says what does. */
export function readChain(given: GivenCertificate, now: number): CertificateContent {
  const certificates = parseChain(given.chain);
  const [leaf] = certificates;
  if (leaf === undefined)
    throw parseError("CertificatePublicKey has no certificate in PEM (-----BEGIN CERTIFICATE-----).");
  checkOrder(certificates);
  checkTime(leaf, now);
  const names = namesOf(leaf);
  checkPurpose(leaf, names);
  const key = parseKey(given);
  if (!leaf.checkPrivateKey(key)) {
    throw new ApiError(
      "FailedOperation.CertificateMismatch",
      `The private key is not that of the certificate for ${names.join(", ")}.`,
    );
  }
  const content = {
    chain: certificates.map((certificate) => certificate.toString()).join(""),
    key: key.export({ type: "pkcs8", format: "pem" }).toString(),
    names,
    fingerprint: leaf.fingerprint.replaceAll(":", "").toLowerCase(),
    validFrom: leaf.validFromDate.getTime(),
    validTo: leaf.validToDate.getTime(),
  };
  checkUse(content);
  return content;
}

const block = /-----BEGIN CERTIFICATE-----[\s\S]*?-----END CERTIFICATE-----/g;
const maxCertificates = 10;

function parseChain(text: string): X509Certificate[] {
  const blocks = text.match(block) ?? [];
  if (blocks.length > maxCertificates) {
    throw chainError(`CertificatePublicKey has ${blocks.length} certificates; a chain has at most ${maxCertificates}.`);
  }
  return blocks.map((pem, index) => {
    try {
      return new X509Certificate(pem);
    } catch {
      throw parseError(`Certificate ${index + 1} of CertificatePublicKey cannot be read: it is not whole.`);
    }
  });
}

/** The server's own first, and each signed by the next: clients need not put them in order. */
function checkOrder(certificates: readonly X509Certificate[]): void {
  for (const [index, certificate] of certificates.slice(0, -1).entries()) {
    const issuer = certificates[index + 1];
    if (issuer === undefined || (certificate.checkIssued(issuer) && certificate.verify(issuer.publicKey))) continue;
    throw chainError(
      `Certificate ${index + 2} (${oneLine(issuer.subject)}) did not issue certificate ${index + 1} (${oneLine(certificate.subject)}): ` +
        "the server's own certificate comes first, and each is followed by the one of its issuer.",
    );
  }
}

function checkTime({ validFromDate, validToDate }: X509Certificate, now: number): void {
  if (validToDate.getTime() <= now) throw invalid(`The certificate expired at ${validToDate.toISOString()}.`);
  if (validFromDate.getTime() > now) throw invalid(`The certificate is valid from ${validFromDate.toISOString()} on.`);
}

const serverAuthentication = "1.3.6.1.5.5.7.3.1";
const anyPurpose = "2.5.29.37.0";

function checkPurpose(leaf: X509Certificate, names: readonly string[]): void {
  if (names.length === 0) {
    throw invalid("The certificate names no host in its subjectAltName, where clients look: none would accept it.");
  }
  const purposes: readonly string[] | undefined = leaf.keyUsage; // absent: it has none, against Node's types
  if (purposes === undefined || purposes.some((one) => one === serverAuthentication || one === anyPurpose)) return;
  throw invalid("The certificate is not for servers: its extended key usage has no serverAuth.");
}

const hostName = /^(?:\*\.)?(?:[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?\.)*[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?$/;

function namesOf({ subjectAltName }: X509Certificate): string[] {
  const entries = (subjectAltName ?? "").split(", ");
  const hosts = entries.flatMap((entry) => (entry.startsWith("DNS:") ? entry.slice("DNS:".length).toLowerCase() : []));
  return [...new Set(hosts.filter((name) => hostName.test(name)))];
}

function parseKey({ key, password }: GivenCertificate): KeyObject {
  try {
    return createPrivateKey({ key, format: "pem", ...(password === undefined ? {} : { passphrase: password }) });
  } catch (error) {
    if (/BEGIN ENCRYPTED|Proc-Type: 4,ENCRYPTED/.test(key)) {
      const what = password === undefined ? "KeyPassword is missing" : "KeyPassword does not open it";
      throw new ApiError("FailedOperation.CertificateEncryptInvalid", `The private key is encrypted, and ${what}.`);
    }
    const reason = error instanceof Error && "code" in error ? ` (${String(error.code)})` : "";
    throw parseError(`CertificatePrivateKey is no private key in PEM${reason}.`);
  }
}

/** Weak keys and the like, which the TLS of this server would refuse at every handshake. */
function checkUse({ chain, key }: CertificateContent): void {
  try {
    createSecureContext({ cert: chain, key });
  } catch (error) {
    const reason = messageOf(error);
    throw invalid(`The TLS of this server refuses the certificate: ${reason}.`);
  }
}

function parseError(message: string): ApiError {
  return new ApiError("FailedOperation.CertificateParseError", message);
}

function chainError(message: string): ApiError {
  return new ApiError("FailedOperation.CertificateChainError", message);
}

function invalid(message: string): ApiError {
  return new ApiError("FailedOperation.CertificateInvalid", message);
}

function oneLine(subject: string): string {
  return subject.replaceAll("\n", ", ").slice(0, 100);
}
