import { X509Certificate } from "node:crypto";
import { z } from "zod";
import type { Account, CertificateRecord } from "../../store/index.ts";
import { shortText } from "../scf/fields.ts";
import { formatTime } from "../scf/time.ts";

export const certificateId = shortText().describe("Id of the certificate");

export const alias = shortText("InvalidParameterValue", 200).describe("A name of your choice");

export const tags = z.array(
  z
    .object({
      TagKey: shortText().describe("Key"),
      TagValue: shortText().describe("Value"),
    })
    .meta({ id: "Tags" }),
);

/** What is told of a certificate wherever it is told. */
export const certificateFields = {
  OwnerUin: z.string().describe("The account"),
  ProjectId: z.string().describe("`0`: there are no projects"),
  From: z.string().describe("`upload`, or `acme`: obtained by the platform for a custom domain"),
  CertificateType: z.string().describe("`SVR`: of a server"),
  Domain: z.string().describe("Its first name"),
  Alias: alias,
  Status: z.int().describe("`0` being obtained, `1` in use, `2` could not be obtained yet, `3` expired"),
  StatusName: z.string().describe("The same in a word"),
  StatusMsg: z.string().describe("Why it could not be obtained, or renewed; empty when nothing is wrong"),
  CertBeginTime: z.string().describe("When it becomes valid; empty before it is obtained"),
  CertEndTime: z.string().describe("When it expires; empty before it is obtained"),
  ValidityPeriod: z.string().describe("Months for which it is valid"),
  InsertTime: z.string().describe("When it came here"),
  CertificateId: certificateId,
  SubjectAltName: z.array(z.string()).describe("All of its names"),
  EncryptAlgorithm: z.string().describe("Kind and size of its key"),
  IsWildcard: z.boolean().describe("Whether one of its names begins with `*.`"),
  IsDv: z.boolean().describe("Whether an authority checked no more than its names"),
  IsVip: z.boolean().describe("Whether it was paid for here: never"),
  IsVulnerability: z.boolean().describe("Whether the site is scanned: never"),
  RenewAble: z.boolean().describe("Whether it can be paid for once more: never"),
  Deployable: z.boolean().describe("Whether custom domains can use it"),
  Tags: tags.describe("Tags"),
};

export const certificateInfo = z
  .object({ ...certificateFields, IsExpiring: z.boolean().describe("Whether it expires within 30 days") })
  .meta({ id: "Certificates" });

const dayMs = 86_400_000;

export function isExpiring({ chain, validTo }: CertificateRecord, now: number): boolean {
  return chain !== "" && validTo > now && validTo - now <= 30 * dayMs;
}

const statusNames = ["obtaining", "issued", "failed", "expired"] as const;

function statusOf({ chain, order, validTo }: CertificateRecord, now: number): 0 | 1 | 2 | 3 {
  if (chain === "") return (order?.attempts ?? 0) > 0 ? 2 : 0;
  return validTo <= now ? 3 : 1;
}

export function fieldsOf(
  record: CertificateRecord,
  { account, now }: { readonly account: Account; readonly now: number },
): z.input<z.ZodObject<typeof certificateFields>> {
  const { chain, names, order, validFrom, validTo } = record;
  const hasChain = chain !== "";
  const status = statusOf(record, now);
  return {
    OwnerUin: account.uin,
    ProjectId: "0",
    From: order === null ? "upload" : "acme",
    CertificateType: "SVR",
    Domain: names[0] ?? "",
    Alias: record.alias,
    Status: status,
    StatusName: statusNames[status],
    StatusMsg: order?.message ?? "",
    CertBeginTime: hasChain ? formatTime(validFrom) : "",
    CertEndTime: hasChain ? formatTime(validTo) : "",
    ValidityPeriod: String(Math.round((validTo - validFrom) / (30 * dayMs))),
    InsertTime: formatTime(record.addTime),
    CertificateId: record.certificateId,
    SubjectAltName: [...names],
    EncryptAlgorithm: hasChain ? algorithmOf(chain) : "",
    IsWildcard: names.some((name) => name.startsWith("*.")),
    IsDv: order !== null,
    IsVip: false,
    IsVulnerability: false,
    RenewAble: false,
    Deployable: status === 1,
    Tags: record.tags.map(({ Key, Value }) => ({ TagKey: Key, TagValue: Value })),
  };
}

/** As Tencent writes it, e.g. `RSA 2048` or `ECC prime256v1`. */
function algorithmOf(chain: string): string {
  const { asymmetricKeyType: type, asymmetricKeyDetails: details } = new X509Certificate(chain).publicKey;
  if (type === "rsa") return `RSA ${details?.modulusLength ?? ""}`.trimEnd();
  if (type === "ec") return `ECC ${details?.namedCurve ?? ""}`.trimEnd();
  return (type ?? "").toUpperCase();
}
