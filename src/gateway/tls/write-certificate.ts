import { createHash, createPublicKey, randomBytes, sign, X509Certificate, type KeyObject } from "node:crypto";
import { isIP } from "node:net";
import { AsnConvert, OctetString } from "@peculiar/asn1-schema";
import * as asn from "@peculiar/asn1-x509";

export interface CertificateContents {
  readonly subject: string;
  /** Whose key it certifies. */
  readonly publicKey: KeyObject;
  readonly days: number;
  readonly purpose: AuthorityPurpose | ServerPurpose;
}

interface AuthorityPurpose {
  readonly kind: "authority";
  /** The only ones, with all below them, that it can certify names of. */
  readonly domains: readonly string[];
}

interface ServerPurpose {
  readonly kind: "server";
  /** Host names and IP addresses. */
  readonly names: readonly string[];
}

/** Who signs: of an authority's own certificate, itself. */
export interface Signer {
  readonly name: string;
  readonly key: KeyObject;
}

const dayMs = 86_400_000;
/** Clocks of clients may be behind ours by so much. */
const backdatedMs = dayMs;
const ecdsaWithSha256 = "1.2.840.10045.4.3.2";

/** Writes an X.509 certificate for keys of P-256, signed with ECDSA and SHA-256, as PEM. */
export function writeCertificate(contents: CertificateContents, signer: Signer, now: number): string {
  const algorithm = new asn.AlgorithmIdentifier({ algorithm: ecdsaWithSha256 });
  const spki = contents.publicKey.export({ type: "spki", format: "der" });
  const body = new asn.TBSCertificate({
    version: asn.Version.v3,
    serialNumber: newSerialNumber(),
    signature: algorithm,
    issuer: commonName(signer.name),
    subject: commonName(contents.subject),
    validity: new asn.Validity({
      notBefore: new Date(now - backdatedMs),
      notAfter: new Date(now + contents.days * dayMs),
    }),
    subjectPublicKeyInfo: AsnConvert.parse(spki, asn.SubjectPublicKeyInfo),
    extensions: new asn.Extensions(extensionsOf(contents, signer)),
  });
  const signature = sign("sha256", new Uint8Array(AsnConvert.serialize(body)), signer.key);
  const whole = new asn.Certificate({
    tbsCertificate: body,
    signatureAlgorithm: algorithm,
    signatureValue: Uint8Array.from(signature).buffer,
  });
  return new X509Certificate(Buffer.from(AsnConvert.serialize(whole))).toString();
}

/** Positive, and 127 bits that nobody can foretell. */
function newSerialNumber(): ArrayBuffer {
  const bytes = Uint8Array.from(randomBytes(16));
  bytes[0] = ((bytes[0] ?? 0) & 0x7f) | 0x40;
  return bytes.buffer;
}

function commonName(text: string): asn.Name {
  const value = new asn.AttributeValue({ utf8String: text });
  return new asn.Name([new asn.RelativeDistinguishedName([new asn.AttributeTypeAndValue({ type: "2.5.4.3", value })])]);
}

function extensionsOf({ publicKey, purpose }: CertificateContents, signer: Signer): asn.Extension[] {
  const authorityKey = new asn.AuthorityKeyIdentifier({
    keyIdentifier: new asn.KeyIdentifier(keyIdOf(createPublicKey(signer.key))),
  });
  const common = [
    extension(asn.id_ce_subjectKeyIdentifier, new asn.SubjectKeyIdentifier(keyIdOf(publicKey))),
    extension(asn.id_ce_authorityKeyIdentifier, authorityKey),
  ];
  if (purpose.kind === "authority") {
    const { keyCertSign, cRLSign } = asn.KeyUsageFlags;
    return [
      extension(asn.id_ce_basicConstraints, new asn.BasicConstraints({ cA: true, pathLenConstraint: 0 }), true),
      extension(asn.id_ce_keyUsage, new asn.KeyUsage(keyCertSign | cRLSign), true),
      extension(asn.id_ce_nameConstraints, nameConstraints(purpose.domains), true),
      ...common,
    ];
  }
  return [
    extension(asn.id_ce_basicConstraints, new asn.BasicConstraints({ cA: false }), true),
    extension(asn.id_ce_keyUsage, new asn.KeyUsage(asn.KeyUsageFlags.digitalSignature), true),
    extension(asn.id_ce_extKeyUsage, new asn.ExtendedKeyUsage([asn.id_kp_serverAuth])),
    extension(asn.id_ce_subjectAltName, new asn.SubjectAlternativeName(purpose.names.map(generalName))),
    ...common,
  ];
}

function extension(extnID: string, value: object, critical = false): asn.Extension {
  return new asn.Extension({ extnID, critical, extnValue: new OctetString(AsnConvert.serialize(value)) });
}

function keyIdOf(key: KeyObject): ArrayBuffer {
  const hash = createHash("sha1")
    .update(key.export({ type: "spki", format: "der" }))
    .digest(); // RFC 5280, 4.2.1.2
  return Uint8Array.from(hash).buffer;
}

function generalName(name: string): asn.GeneralName {
  return isIP(name) === 0 ? new asn.GeneralName({ dNSName: name }) : new asn.GeneralName({ iPAddress: name });
}

/** The domains with all below them, and this machine's own addresses: nothing else can be certified by the authority. */
function nameConstraints(domains: readonly string[]): asn.NameConstraints {
  const domainTrees = domains.map((dNSName) => new asn.GeneralSubtree({ base: new asn.GeneralName({ dNSName }) }));
  const addressTrees = ["127.0.0.0/8", "::1/128"].map(
    (iPAddress) => new asn.GeneralSubtree({ base: new asn.GeneralName({ iPAddress }) }),
  );
  return new asn.NameConstraints({ permittedSubtrees: new asn.GeneralSubtrees([...domainTrees, ...addressTrees]) });
}
