import { z } from "zod";
import type { GustClient } from "../../../sdk/src/index.ts";
import type { Style } from "../../terminal/style.ts";

const certificate = z.looseObject({
  CertificateId: z.string(),
  Alias: z.string(),
  From: z.string(),
  Domain: z.string(),
  SubjectAltName: z.array(z.string()),
  Status: z.int(),
  StatusName: z.string(),
  StatusMsg: z.string(),
  CertEndTime: z.string(),
});

/** An entry of DescribeCertificates. */
export type Certificate = z.output<typeof certificate>;

/** The product of the cloud API that has the certificates. */
export const product = { service: "ssl", version: "2019-12-05" } as const;

const page = z.object({ TotalCount: z.int(), Certificates: z.array(certificate) });
const pageSize = 1_000;

/** All certificates, the newest first, page by page; with `search` those that have it in an id, an alias or a name. */
export async function listCertificates(
  client: GustClient,
  signal: AbortSignal,
  search: { readonly SearchKey?: string; readonly CertIds?: readonly string[]; readonly FilterSource?: "acme" } = {},
): Promise<Certificate[]> {
  const listed: Certificate[] = [];
  for (;;) {
    const fields = { ...search, Offset: listed.length, Limit: pageSize };
    const reply = page.parse(await client.call("DescribeCertificates", fields, { product, signal }));
    listed.push(...reply.Certificates);
    if (reply.Certificates.length === 0 || listed.length >= reply.TotalCount) return listed;
  }
}

const colours = { issued: "green", obtaining: "yellow" } as const;

/** Its state in a word, and what went wrong. */
export function stateOf({ StatusName: name, StatusMsg: message }: Certificate, style: Style): string {
  const word = name === "issued" || name === "obtaining" ? style[colours[name]](name) : style.red(name);
  return message === "" ? word : `${word}: ${message}`;
}
