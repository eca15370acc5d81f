import type { KeyedCertificateRecord } from "../../store/index.ts";

/** Which certificate is for a host name. Never changes: whoever changes something makes the next one and swaps it. */
export class CertificateIndex {
  readonly #byId: ReadonlyMap<string, KeyedCertificateRecord>;
  readonly #byName = new Map<string, KeyedCertificateRecord>();

  constructor(certificates: ReadonlyMap<string, KeyedCertificateRecord>) {
    this.#byId = certificates;
    for (const certificate of certificates.values()) {
      for (const name of certificate.names) {
        const other = this.#byName.get(name);
        if (other === undefined || isBetter(certificate, other)) this.#byName.set(name, certificate);
      }
    }
  }

  get size(): number {
    return this.#byId.size;
  }

  byId(certificateId: string): KeyedCertificateRecord | null {
    return this.#byId.get(certificateId) ?? null;
  }

  /** The one of the name itself, else the one of `*.` and what follows its first label. */
  find(hostName: string): KeyedCertificateRecord | null {
    const own = this.#byName.get(hostName);
    if (own !== undefined) return own;
    const dot = hostName.indexOf(".");
    return dot < 1 ? null : (this.#byName.get(`*${hostName.slice(dot)}`) ?? null);
  }

  with(certificate: KeyedCertificateRecord): CertificateIndex {
    return new CertificateIndex(new Map(this.#byId).set(certificate.certificateId, certificate));
  }

  without(certificateId: string): CertificateIndex {
    if (!this.#byId.has(certificateId)) return this;
    const rest = new Map(this.#byId);
    rest.delete(certificateId);
    return new CertificateIndex(rest);
  }
}

/** Of two for the same name the one that is valid longer: whoever renews one need not delete the other. */
function isBetter(one: KeyedCertificateRecord, other: KeyedCertificateRecord): boolean {
  if (one.validTo !== other.validTo) return one.validTo > other.validTo;
  return one.certificateId > other.certificateId; // the same in every process
}
