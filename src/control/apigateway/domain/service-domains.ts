import { z } from "zod";
import { limits } from "../../../core/index.ts";
import type { ServiceDomainContent, ServiceDomainRecord } from "../../../store/index.ts";
import { defineAction, type ActionContext } from "../../action.ts";
import { ApiError } from "../../api-error.ts";
import { environmentName, listOf, oneOf, pageOf, paging, serviceId, text } from "../fields.ts";
import { defineResultAction, done, fieldErrors, permissionOf } from "../result-action.ts";
import { announceService, findService } from "../service/service-record.ts";
import {
  bindingProblem,
  checkCertificate,
  checkDomain,
  checkForced,
  checkHost,
  checkNet,
  checkPaths,
  domainErrors,
  domainName,
} from "./domain-checks.ts";

const group = "Domains";

const pathMapping = z
  .object({
    Path: text("Prefix of the path, such as `/` or `/v1`"),
    Environment: environmentName,
  })
  .meta({ id: "PathMapping" });

const protocol = oneOf(["http", "https", "http&https"]).describe("`http`, `https` or `http&https`");
const netType = oneOf(["OUTER", "INNER"]).describe(
  "`OUTER` (whoever the service answers) or `INNER` (private addresses alone); one of the service's `NetTypes`",
);
const isDefaultMapping = z
  .boolean()
  .describe("Whether its paths begin with the name of the environment, as those of the service's own host");
const certificateId = text(
  "Id of the certificate; required for HTTPS unless this server obtains certificates (ACME)",
).optional();
const mappings = z.array(pathMapping).optional().describe("What its paths lead to, without the default mapping");
const isForcedHttps = z
  .boolean()
  .optional()
  .describe(
    "Whether requests without TLS are sent to HTTPS, though `Protocol` has both; stays when absent, false at first",
  );

export const bindSubDomain = defineAction({
  name: "BindSubDomain",
  group,
  summary: "Makes a domain of one's own lead to a service. Its DNS has to lead to this server.",
  input: z.object({
    ServiceId: serviceId,
    SubDomain: domainName,
    Protocol: protocol,
    NetType: netType,
    IsDefaultMapping: isDefaultMapping,
    NetSubDomain: text("Host name of the service in that net, as DescribeService tells it; may be empty"),
    CertificateId: certificateId,
    PathMappingSet: mappings,
    IsForcedHttps: isForcedHttps,
  }),
  output: z.object({}),
  permission: permissionOf("BindSubDomain"),
  errors: [...fieldErrors, ...domainErrors, "LimitExceeded.ExceededDomainLimit"],
  async handle(given, context) {
    const service = await findService(context, given.ServiceId);
    checkDomain(given.SubDomain, context);
    checkHost(given.NetSubDomain, checkNet(given.NetType, service), service, context);
    const content: ServiceDomainContent = {
      protocol: given.Protocol,
      netType: given.NetType,
      certificateId: await checkCertificate(
        { domain: given.SubDomain, protocol: given.Protocol, id: given.CertificateId },
        context,
      ),
      paths: checkPaths(given.IsDefaultMapping, given.PathMappingSet),
      isForcedHttps: checkForced(given.IsForcedHttps ?? false, given.Protocol),
    };
    const limit = limits.apiGateway.domainsPerService;
    const outcome = await context.store.apiGateway.domains.create(given.SubDomain, given.ServiceId, content, limit);
    if (outcome !== "created") throw bindingProblem(outcome, given.SubDomain, given.ServiceId);
    await announceDomain(given.SubDomain, given.ServiceId, context);
    return {};
  },
});

/** An order of its certificate that failed, and waits, is tried at once: what kept it from succeeding may be mended. */
async function announceDomain(domain: string, ofService: string, context: ActionContext): Promise<void> {
  await context.store.certificateOrders.retry(domain);
  await announceService(context, ofService);
}

async function findDomain(ofService: string, domain: string, context: ActionContext): Promise<ServiceDomainRecord> {
  await findService(context, ofService);
  const found = await context.store.apiGateway.domains.find(domain);
  if (found?.serviceId === ofService) return found;
  throw new ApiError("FailedOperation.DomainNotBindService", `${domain} is not bound to ${ofService}.`);
}

export const modifySubDomain = defineResultAction({
  name: "ModifySubDomain",
  group,
  summary: "Changes what is given of a domain, and what its paths lead to.",
  input: z.object({
    ServiceId: serviceId,
    SubDomain: domainName,
    IsDefaultMapping: isDefaultMapping,
    CertificateId: certificateId,
    Protocol: protocol.optional(),
    PathMappingSet: mappings,
    NetType: netType.optional(),
    IsForcedHttps: isForcedHttps,
  }),
  result: done,
  errors: domainErrors,
  async handle(given, context) {
    const service = await findService(context, given.ServiceId);
    const before = await findDomain(given.ServiceId, given.SubDomain, context);
    const by = given.Protocol ?? before.protocol;
    await context.store.apiGateway.domains.update(given.SubDomain, {
      protocol: by,
      certificateId:
        given.CertificateId === undefined && by === before.protocol
          ? before.certificateId // may have expired meanwhile, which is in nobody's way
          : await checkCertificate(
              { domain: given.SubDomain, protocol: by, id: given.CertificateId ?? before.certificateId ?? undefined },
              context,
            ),
      paths: checkPaths(given.IsDefaultMapping, given.PathMappingSet),
      isForcedHttps: checkForced(given.IsForcedHttps ?? before.isForcedHttps, by),
      ...(given.NetType === undefined ? {} : { netType: checkNet(given.NetType, service) }),
    });
    await announceDomain(given.SubDomain, given.ServiceId, context);
    return true;
  },
});

export const unBindSubDomain = defineResultAction({
  name: "UnBindSubDomain",
  group,
  summary: "Makes a domain lead to a service no more.",
  input: z.object({ ServiceId: serviceId, SubDomain: domainName }),
  result: done,
  errors: domainErrors,
  async handle(given, context) {
    await findDomain(given.ServiceId, given.SubDomain, context);
    const wasThere = await context.store.apiGateway.domains.delete(given.SubDomain);
    await announceService(context, given.ServiceId);
    return wasThere;
  },
});

const listedDomain = z
  .object({
    DomainName: z.string().describe("The domain"),
    Status: z.int().describe("1: it leads to the service"),
    CertificateId: z.string().describe("Id of its certificate; empty: none"),
    IsDefaultMapping: z.boolean().describe("Whether its paths begin with the name of the environment"),
    Protocol: z.string().describe("`http`, `https` or `http&https`"),
    NetType: z.string().describe("`OUTER` or `INNER`"),
    IsForcedHttps: z.boolean().describe("Whether requests without TLS are sent to HTTPS"),
    RegistrationStatus: z.boolean().describe("True: nobody has to be asked"),
  })
  .meta({ id: "DomainSetList" });

export const describeServiceSubDomains = defineResultAction({
  name: "DescribeServiceSubDomains",
  group,
  summary: "Lists the domains of a service.",
  input: z.object({ ServiceId: serviceId, ...paging }),
  result: listOf("DomainSets", "The domains", "DomainSet", listedDomain),
  errors: ["ResourceNotFound.InvalidService"],
  async handle(given, context) {
    await findService(context, given.ServiceId);
    const all = await context.store.apiGateway.domains.list(given.ServiceId);
    const page = pageOf(all, given).map((one) => ({
      DomainName: one.domain,
      Status: 1,
      CertificateId: one.certificateId ?? "",
      IsDefaultMapping: one.paths === null,
      Protocol: one.protocol,
      NetType: one.netType,
      IsForcedHttps: one.isForcedHttps,
      RegistrationStatus: true,
    }));
    return { TotalCount: all.length, DomainSet: page };
  },
});

export const describeServiceSubDomainMappings = defineResultAction({
  name: "DescribeServiceSubDomainMappings",
  group,
  summary: "Tells what the paths of a domain lead to.",
  input: z.object({ ServiceId: serviceId, SubDomain: domainName }),
  result: z
    .object({
      IsDefaultMapping: z.boolean().describe("Whether its paths begin with the name of the environment"),
      PathMappingSet: z.array(pathMapping).describe("What its paths lead to otherwise"),
    })
    .meta({ id: "ServiceSubDomainMappings" })
    .describe("The paths"),
  errors: domainErrors,
  async handle(given, context) {
    const { paths } = await findDomain(given.ServiceId, given.SubDomain, context);
    const set = (paths ?? []).map(({ path, environment }) => ({ Path: path, Environment: environment }));
    return { IsDefaultMapping: paths === null, PathMappingSet: set };
  },
});

export const deleteServiceSubDomainMapping = defineResultAction({
  name: "DeleteServiceSubDomainMapping",
  group,
  summary: "Takes the paths away that lead to an environment; the last ones are refused.",
  input: z.object({ ServiceId: serviceId, SubDomain: domainName, Environment: environmentName }),
  result: done,
  errors: [...domainErrors, "FailedOperation.DeletePathMappingSetError"],
  async handle(given, context) {
    const { paths } = await findDomain(given.ServiceId, given.SubDomain, context);
    const rest = (paths ?? []).filter(({ environment }) => environment !== given.Environment);
    if (paths === null || rest.length === 0 || rest.length === paths.length) {
      throw new ApiError(
        "FailedOperation.DeletePathMappingSetError",
        `${given.SubDomain} has no paths of ${given.Environment} beside others.`,
      );
    }
    await context.store.apiGateway.domains.update(given.SubDomain, { paths: rest });
    await announceService(context, given.ServiceId);
    return true;
  },
});
