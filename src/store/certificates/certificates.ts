/** A certificate for TLS. Times are milliseconds since 1970. */
export interface CertificateRecord {
  readonly certificateId: string;
  readonly alias: string;
  /** As PEM, the server's own first; empty: it is still being obtained. */
  readonly chain: string;
  /** Host names that it is for, in lower case; `*.` stands for one label. */
  readonly names: readonly string[];
  /** SHA-1 of the server's own, in hexadecimal digits. */
  readonly fingerprint: string;
  readonly validFrom: number;
  readonly validTo: number;
  readonly tags: readonly { readonly Key: string; readonly Value: string }[];
  /** Null: a user gave it. */
  readonly order: CertificateOrder | null;
  readonly addTime: number;
  readonly modTime: number;
}

/** What is known of a certificate that the platform obtains. */
export interface CertificateOrder {
  readonly domain: string;
  /** When it is ordered, or ordered again. */
  readonly dueAt: number;
  /** Failures since it was obtained last. */
  readonly attempts: number;
  /** What the last failure was; empty: none. */
  readonly message: string;
}

/** A certificate with its private key, as PEM. */
export interface KeyedCertificateRecord extends CertificateRecord {
  readonly key: string;
}

/** What a chain says, read once. */
export type CertificateContent = Pick<
  KeyedCertificateRecord,
  "chain" | "key" | "names" | "fingerprint" | "validFrom" | "validTo"
>;

export type NewCertificate = CertificateContent & Pick<CertificateRecord, "certificateId" | "alias" | "tags">;

export interface CertificateFilter {
  /** Part of an id, an alias or a name. */
  readonly search: string;
  /** Null: all. */
  readonly ids: readonly string[] | null;
  readonly source: "all" | "upload" | "acme";
  readonly orderBy: "addTime" | "validTo";
  readonly order: "asc" | "desc";
  readonly offset: number;
  readonly limit: number;
}

/** Private keys are sealed before they are written. */
export interface CertificateTable {
  create(certificate: NewCertificate, limit: number): Promise<"created" | "limit">;
  find(certificateId: string): Promise<CertificateRecord | null>;
  /** Null, too, while it has no chain. */
  findKeyed(certificateId: string): Promise<KeyedCertificateRecord | null>;
  findByFingerprint(fingerprint: string): Promise<CertificateRecord | null>;
  list(
    filter: CertificateFilter,
  ): Promise<{ readonly total: number; readonly certificates: readonly CertificateRecord[] }>;
  /** Those with a chain that follow `after` in the order of ids, for who reads all of them. */
  page(after: string, count: number): Promise<readonly KeyedCertificateRecord[]>;
  setAlias(certificateId: string, alias: string): Promise<boolean>;
  /** `used`: by the domains that are given, of functions or of services. */
  delete(
    certificateId: string,
  ): Promise<{ readonly kind: "deleted" | "missing" } | { readonly kind: "used"; readonly domains: readonly string[] }>;
}
