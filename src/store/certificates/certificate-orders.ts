import type { CertificateContent, CertificateOrder } from "./certificates.ts";

/** An order that is due, taken by one process for a while. */
export interface DueOrder extends CertificateOrder {
  readonly certificateId: string;
}

/** Certificates that the platform obtains for custom domains of HTTPS that name none. */
export interface CertificateOrderTable {
  /** Makes the orders that are missing and drops those that nobody needs any more; ids of the dropped ones. */
  reconcile(): Promise<readonly string[]>;
  /** Takes the one that is due first; no other process gets it for `leaseMs`. */
  claim(leaseMs: number): Promise<DueOrder | null>;
  /** When one can be claimed next; null: there is none. */
  nextDueAt(): Promise<number | null>;
  /** @param dueAt when it is ordered again */
  obtained(certificateId: string, content: CertificateContent, dueAt: number): Promise<void>;
  /** The certificate that is there stays. */
  failed(certificateId: string, message: string, dueAt: number): Promise<void>;
  /** One that failed is due now, as if it were new: somebody has changed something. */
  retry(domain: string): Promise<void>;
  /** By whom certificates are ordered at an authority; made at the first call. */
  account(directory: string): Promise<{ readonly key: string; readonly thumbprint: string }>;
}
