import { z } from "zod";
import { limits, newCertificateId } from "../../core/index.ts";
import type { CertificateRecord } from "../../store/index.ts";
import { defineAction, type ActionContext } from "../action.ts";
import { ApiError } from "../api-error.ts";
import { broken } from "../request/validate.ts";
import { oneOf, shortText } from "../scf/fields.ts";
import { chainErrors, readChain } from "./read-chain.ts";
import * as structures from "./structures.ts";

const group = "Certificates";
/** Far more than ten certificates and a key. */
const maxPemLength = 128 * 1024;

const pem = shortText("InvalidParameterValue", maxPemLength);
const serverType = oneOf(["SVR", "CA"], "InvalidParameterValue").describe("`SVR`; `CA`, of clients, is not available");

export const uploadCertificate = defineAction({
  name: "UploadCertificate",
  group,
  summary:
    "Takes a certificate with its private key, for TLS with the hosts that it names. It is served from the reply on; the key is kept encrypted.",
  input: z.object({
    CertificatePublicKey: pem.describe("PEM: the server's certificate first, then the ones of its issuers, in order"),
    CertificatePrivateKey: pem.optional().describe("PEM; required"),
    CertificateType: serverType.default("SVR"),
    Alias: structures.alias.default(""),
    ProjectId: z.int().optional().describe("Not looked at: there are no projects"),
    CertificateUse: shortText().optional().describe("Not looked at"),
    Tags: structures.tags.default([]).describe("Tags"),
    Repeatable: z.boolean().default(true).describe("Whether the same certificate may be there several times"),
    KeyPassword: shortText().optional().describe("Opens an encrypted private key; it is not kept"),
  }),
  output: z.object({
    CertificateId: z.string().describe("Id of the certificate"),
    RepeatCertId: z.string().describe("Id of the one that was there already and is used instead; else empty"),
  }),
  permission: "ssl:UploadCertificate",
  errors: [...chainErrors, "FailedOperation.ExceedsFreeLimit", "UnsupportedOperation"],
  async handle(given, { store, clock }) {
    if (given.CertificateType === "CA") {
      throw new ApiError("UnsupportedOperation", "Certificates of clients (CertificateType CA) are not available.");
    }
    if (given.CertificatePrivateKey === undefined) {
      throw new ApiError("MissingParameter", "CertificatePrivateKey is required.");
    }
    const password = given.KeyPassword || undefined;
    const pair = { chain: given.CertificatePublicKey, key: given.CertificatePrivateKey, password };
    const content = readChain(pair, clock.now());
    const same = given.Repeatable ? null : await store.certificates.findByFingerprint(content.fingerprint);
    if (same !== null) return { CertificateId: same.certificateId, RepeatCertId: same.certificateId };
    const certificateId = newCertificateId();
    const tags = given.Tags.map(({ TagKey, TagValue }) => ({ Key: TagKey, Value: TagValue }));
    const certificate = { ...content, certificateId, alias: given.Alias, tags };
    if ((await store.certificates.create(certificate, limits.certificates)) === "limit") {
      throw new ApiError(
        "FailedOperation.ExceedsFreeLimit",
        `There are ${limits.certificates} certificates, as many as there may be; delete one.`,
      );
    }
    await store.changes.announce("certificate", certificateId);
    return { CertificateId: certificateId, RepeatCertId: "" };
  },
});

export const describeCertificates = defineAction({
  name: "DescribeCertificates",
  group,
  summary: "Lists the certificates, those included that the platform obtains for custom domains.",
  input: z.object({
    Offset: z
      .int()
      .refine((value) => value >= 0 && value <= 1e9, broken("InvalidParameterValue", "must not be negative"))
      .default(0)
      .describe("How many entries to skip"),
    Limit: z
      .int()
      .refine((value) => value >= 1, broken("InvalidParameterValue", "must be 1–1000"))
      .default(10)
      .describe("How many entries to return at most, 1–1000"),
    SearchKey: shortText().default("").describe("Part of an id, an alias or a name"),
    CertificateType: serverType.optional(),
    ExpirationSort: oneOf(["ASC", "DESC"], "InvalidParameterValue")
      .optional()
      .describe("By expiry; else the newest first"),
    FilterSource: oneOf(["upload", "acme", "buy", ""], "InvalidParameterValue")
      .default("")
      .describe("`upload`, or `acme`: obtained by the platform. Nothing is bought here"),
    CertIds: z.array(shortText()).optional().describe("Of these alone"),
  }),
  output: z.object({
    TotalCount: z.int().describe("How many there are without `Offset` and `Limit`"),
    Certificates: z.array(structures.certificateInfo).describe("The certificates"),
  }),
  permission: "ssl:DescribeCertificates",
  errors: [],
  async handle(given, { store, account, clock }) {
    if (given.CertificateType === "CA" || given.FilterSource === "buy") return { TotalCount: 0, Certificates: [] };
    const { total, certificates } = await store.certificates.list({
      search: given.SearchKey,
      ids: given.CertIds ?? null,
      source: given.FilterSource || "all",
      orderBy: given.ExpirationSort === undefined ? "addTime" : "validTo",
      order: given.ExpirationSort === "ASC" ? "asc" : "desc",
      offset: given.Offset,
      limit: Math.min(given.Limit, 1_000),
    });
    const now = clock.now();
    const entries = certificates.map((record) => ({
      ...structures.fieldsOf(record, { account, now }),
      IsExpiring: structures.isExpiring(record, now),
    }));
    return { TotalCount: total, Certificates: entries };
  },
});

const byId = z.object({ CertificateId: structures.certificateId });

export const describeCertificate = defineAction({
  name: "DescribeCertificate",
  group,
  summary: "Tells about a certificate, without its text.",
  input: byId,
  output: z.object(structures.certificateFields),
  permission: "ssl:DescribeCertificate",
  errors: ["FailedOperation.CertificateNotFound"],
  async handle(given, context) {
    return fieldsNow(await found(given.CertificateId, context), context);
  },
});

export const describeCertificateDetail = defineAction({
  name: "DescribeCertificateDetail",
  group,
  summary: "Gives a certificate with its chain and its private key.",
  input: byId,
  output: z.object({
    ...structures.certificateFields,
    CertificatePublicKey: z.string().describe("The chain as PEM; empty before it is obtained"),
    CertificatePrivateKey: z.string().describe("The private key as PEM; empty before it is obtained"),
    CertFingerprint: z.string().describe("SHA-1 of the server's own certificate, in hexadecimal digits"),
  }),
  permission: "ssl:DescribeCertificateDetail",
  errors: ["FailedOperation.CertificateNotFound"],
  async handle(given, context) {
    const record = await found(given.CertificateId, context);
    const keyed = await context.store.certificates.findKeyed(given.CertificateId);
    return {
      ...fieldsNow(record, context),
      CertificatePublicKey: keyed?.chain ?? "",
      CertificatePrivateKey: keyed?.key ?? "",
      CertFingerprint: record.fingerprint,
    };
  },
});

export const modifyCertificateAlias = defineAction({
  name: "ModifyCertificateAlias",
  group,
  summary: "Gives a certificate another name of your choice.",
  input: z.object({ CertificateId: structures.certificateId, Alias: structures.alias.default("") }),
  output: byId,
  permission: "ssl:ModifyCertificateAlias",
  errors: ["FailedOperation.CertificateNotFound"],
  async handle(given, { store }) {
    const { CertificateId: id } = given;
    if (!(await store.certificates.setAlias(id, given.Alias))) throw certificateMissing(id);
    return { CertificateId: id };
  },
});

export const deleteCertificate = defineAction({
  name: "DeleteCertificate",
  group,
  summary:
    "Deletes a certificate that no domain uses, of functions or of the API gateway. Connections that are open go on.",
  input: z.object({
    CertificateId: structures.certificateId,
    IsCheckResource: z.boolean().optional().describe("Not looked at: what uses it is always checked"),
  }),
  output: z.object({
    DeleteResult: z.boolean().describe("Always true: a failure is an error"),
    TaskId: z.string().describe("Always empty: it is done when the reply is there"),
  }),
  permission: "ssl:DeleteCertificate",
  errors: [
    "FailedOperation.CertificateNotFound",
    "FailedOperation.BoundResources",
    "FailedOperation.CannotBeDeletedIssued",
  ],
  async handle(given, context) {
    const { store } = context;
    const { certificateId, order } = await found(given.CertificateId, context);
    if (order !== null) {
      throw new ApiError(
        "FailedOperation.CannotBeDeletedIssued",
        `The platform obtained ${certificateId} for the custom domain ${order.domain}, and would do it again; it goes with the domain.`,
      );
    }
    const outcome = await store.certificates.delete(certificateId);
    if (outcome.kind === "missing") throw certificateMissing(certificateId);
    if (outcome.kind === "used") throw certificateUsed(certificateId, outcome.domains);
    await store.changes.announce("certificate", certificateId);
    return { DeleteResult: true, TaskId: "" };
  },
});

async function found(certificateId: string, { store }: ActionContext): Promise<CertificateRecord> {
  const record = await store.certificates.find(certificateId);
  if (record === null) throw certificateMissing(certificateId);
  return record;
}

function fieldsNow(record: CertificateRecord, { account, clock }: ActionContext) {
  return structures.fieldsOf(record, { account, now: clock.now() });
}

function certificateMissing(certificateId: string): ApiError {
  return new ApiError("FailedOperation.CertificateNotFound", `There is no certificate ${certificateId}.`);
}

function certificateUsed(certificateId: string, domains: readonly string[]): ApiError {
  const more = domains.length > 5 ? ` and ${domains.length - 5} more` : "";
  return new ApiError(
    "FailedOperation.BoundResources",
    `The certificate ${certificateId} is used by the domains ${domains.slice(0, 5).join(", ")}${more}; give them another one first (UpdateCustomDomain, or ModifySubDomain of apigateway).`,
  );
}
