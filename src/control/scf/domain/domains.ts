import { z } from "zod";
import { limits } from "../../../core/index.ts";
import { defineAction, type ActionContext } from "../../action.ts";
import { ApiError } from "../../api-error.ts";
import type { ErrorCode } from "../../error-codes.ts";
import { limit, offset, oneOf, order } from "../fields.ts";
import { listFilters } from "../filters.ts";
import { functionErrors } from "../function/function-record.ts";
import { tags } from "../structures.ts";
import { checkCertificate, checkDomain, checkEndpoints, checkWaf, domainMissing } from "./checks.ts";
import * as structures from "./structures.ts";

const group = "Custom domains";

const writeErrors = [
  ...functionErrors,
  "InvalidParameterValue.Type",
  "InvalidParameterValue.Qualifier",
  "ResourceNotFound.Qualifier",
  "UnsupportedOperation",
] as const satisfies readonly ErrorCode[];

export const createCustomDomain = defineAction({
  name: "CreateCustomDomain",
  group,
  summary:
    "Makes a domain of one's own lead to HTTP functions and services, by path. Its DNS has to lead to this server.",
  input: z.object({
    Domain: structures.domainName,
    Protocol: structures.protocol,
    EndpointsConfig: structures.endpoints.describe("Where its paths lead"),
    CertConfig: structures.certConfig.optional().describe("Its certificate; required with HTTPS"),
    WafConfig: structures.wafConfig.optional().describe("A firewall for web applications: not available"),
    Tags: tags.optional().describe("Tags"),
  }),
  output: z.object({}),
  permission: "scf:CreateCustomDomain",
  errors: [...writeErrors, "ResourceInUse", "LimitExceeded.Quota"],
  async handle(given, context) {
    checkDomain(given.Domain, context);
    checkWaf(given.WafConfig);
    const domain = {
      domain: given.Domain,
      protocol: given.Protocol,
      endpoints: structures.endpointsOf(given.EndpointsConfig),
      certificateId: given.CertConfig?.CertificateId ?? "",
      waf: given.WafConfig ?? {},
      tags: given.Tags ?? [],
    };
    await checkCertificate(domain, context);
    await checkEndpoints(domain.endpoints, context);
    const outcome = await context.store.domains.create(domain, limits.customDomains);
    if (outcome !== "created") throw creationProblem(outcome, domain.domain);
    await announce(domain.domain, context);
    return {};
  },
});

function creationProblem(outcome: "exists" | "leads-to-service" | "limit", domain: string): ApiError {
  switch (outcome) {
    case "exists":
      return new ApiError("ResourceInUse", `There is a custom domain ${domain} already.`);
    case "leads-to-service":
      return new ApiError(
        "ResourceInUse",
        `${domain} leads to a service of the API gateway; UnBindSubDomain frees it.`,
      );
    case "limit":
      return new ApiError(
        "LimitExceeded.Quota",
        `There are ${limits.customDomains} custom domains, as many as there may be; delete one.`,
      );
  }
}

export const updateCustomDomain = defineAction({
  name: "UpdateCustomDomain",
  group,
  summary:
    "Changes what is given of a domain of one's own; `EndpointsConfig` replaces all paths. Requests that run go on.",
  input: z.object({
    Domain: structures.domainName,
    Protocol: structures.protocol.optional(),
    CertConfig: structures.certConfig.optional().describe("Its certificate; required with HTTPS"),
    WafConfig: structures.wafConfig.optional().describe("A firewall for web applications: not available"),
    EndpointsConfig: structures.endpoints.optional().describe("Where its paths lead from now on"),
  }),
  output: z.object({}),
  permission: "scf:UpdateCustomDomain",
  errors: [...writeErrors, "ResourceNotFound"],
  async handle(given, context) {
    checkWaf(given.WafConfig);
    const before = await context.store.domains.find(given.Domain);
    if (before === null) throw domainMissing(given.Domain);
    const change = {
      ...(given.Protocol === undefined ? {} : { protocol: given.Protocol }),
      ...(given.EndpointsConfig === undefined ? {} : { endpoints: structures.endpointsOf(given.EndpointsConfig) }),
      ...(given.CertConfig === undefined ? {} : { certificateId: given.CertConfig.CertificateId ?? "" }),
      ...(given.WafConfig === undefined ? {} : { waf: given.WafConfig }),
    };
    if (given.CertConfig !== undefined || given.Protocol !== undefined) {
      await checkCertificate({ ...before, ...change }, context);
    }
    await checkEndpoints(change.endpoints ?? [], context);
    if (!(await context.store.domains.update(given.Domain, change))) throw domainMissing(given.Domain);
    await announce(given.Domain, context);
    return {};
  },
});

export const getCustomDomain = defineAction({
  name: "GetCustomDomain",
  group,
  summary: "Tells about a domain of one's own.",
  input: z.object({ Domain: structures.domainName }),
  output: structures.domainReply,
  permission: "scf:GetCustomDomain",
  errors: ["ResourceNotFound"],
  async handle(given, context) {
    const found = await context.store.domains.find(given.Domain);
    if (found === null) throw domainMissing(given.Domain);
    return structures.replyOf(found);
  },
});

/** An order of its certificate that failed, and waits, is tried at once: what kept it from succeeding may be mended. */
async function announce(domain: string, { store }: ActionContext): Promise<void> {
  await store.certificateOrders.retry(domain);
  await store.changes.announce("domain", domain);
}

const sortKeys = { AddTime: "addTime", ModTime: "modTime" } as const;

export const listCustomDomains = defineAction({
  name: "ListCustomDomains",
  group,
  summary: "Lists the domains of one's own.",
  input: z.object({
    Offset: offset,
    Limit: limit(100),
    OrderBy: oneOf(["AddTime", "ModTime"], "InvalidParameterValue.OrderBy")
      .prefault("AddTime")
      .describe("`AddTime` or `ModTime`"),
    Order: order("desc"),
    Filters: listFilters((name) => name === "Domain", "Domain").optional(),
  }),
  output: z.object({
    Total: z.int().describe("How many there are without `Offset` and `Limit`"),
    Domains: z.array(structures.domainInfo).describe("The domains"),
  }),
  permission: "scf:ListCustomDomains",
  errors: [
    "InvalidParameterValue.Offset",
    "InvalidParameterValue.Limit",
    "InvalidParameterValue.OrderBy",
    "InvalidParameterValue.Order",
    "InvalidParameterValue.Filters",
  ],
  async handle(given, context) {
    const { total, domains } = await context.store.domains.list({
      domains: (given.Filters ?? []).map(({ Values }) => Values.map((name) => name.toLowerCase())),
      orderBy: sortKeys[given.OrderBy],
      order: given.Order,
      offset: given.Offset,
      limit: given.Limit,
    });
    return { Total: total, Domains: domains.map(structures.replyOf) };
  },
});

export const deleteCustomDomain = defineAction({
  name: "DeleteCustomDomain",
  group,
  summary: "Deletes a domain of one's own: it leads nowhere from now on.",
  input: z.object({ Domain: structures.domainName }),
  output: z.object({}),
  permission: "scf:DeleteCustomDomain",
  errors: ["ResourceNotFound"],
  async handle(given, context) {
    if (!(await context.store.domains.delete(given.Domain))) throw domainMissing(given.Domain);
    await context.store.changes.announce("domain", given.Domain);
    return {};
  },
});
