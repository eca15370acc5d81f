import { z } from "zod";
import { limits, randomName } from "../../../core/index.ts";
import type { ServiceContent } from "../../../store/index.ts";
import { defineAction } from "../../action.ts";
import { ApiError } from "../../api-error.ts";
import { broken } from "../../request/validate.ts";
import { formatTime, integer, oneOf, serviceId, tags, text } from "../fields.ts";
import { defineResultAction, done, fieldErrors, permissionOf } from "../result-action.ts";
import { announceService, findService, hostsOf, netTypesOf, serviceMissing } from "./service-record.ts";

const group = "Services";

const serviceName = z
  .string()
  .refine(
    (name) => limits.apiGateway.serviceName.test(name),
    broken("InvalidParameterValue", 'must be 1–50 letters, digits, "-" and "_" and begin with a letter or a digit'),
  )
  .describe("Name of the service: 1–50 letters, digits, `-` and `_`");

const protocol = oneOf(["http", "https", "http&https"]).describe("`http`, `https` or `http&https`");

const netTypes = z
  .array(oneOf(["OUTER", "INNER"]))
  .refine((list) => list.length > 0, broken("InvalidParameterValue.NotInOptions", "must name OUTER, INNER or both"))
  .describe("`OUTER` (public addresses), `INNER` (private ones) or both");

const description = text("Description", 1_000);

export const createService = defineAction({
  name: "CreateService",
  group,
  summary: "Makes a service: a group of APIs with an address of its own. Nothing is served before ReleaseService.",
  input: z.object({
    ServiceName: serviceName,
    Protocol: protocol,
    ServiceDesc: description.optional(),
    NetTypes: netTypes.optional(),
    IpVersion: oneOf(["IPv4"]).optional().describe("`IPv4`"),
    SetServerName: text("Kept for clients that send it; nothing looks at it").optional(),
    AppIdType: text("Kept for clients that send it; nothing looks at it").optional(),
    Tags: tags.optional(),
    InstanceId: text("Instances of one's own are not available: refused unless it is empty").optional(),
    UniqVpcId: text("Private networks are not available: refused unless it is empty").optional(),
  }),
  output: z.object({
    ServiceId: z.string().describe("Id of the service"),
    ServiceName: z.string().describe("Its name"),
    ServiceDesc: z.string().describe("Its description"),
    OuterSubDomain: z.string().describe("Its host name for public addresses; empty when it does not take these"),
    InnerSubDomain: z.string().describe("Its host name for private addresses; empty when it does not take these"),
    CreatedTime: z.string().describe("When it was made, UTC"),
    NetTypes: z.array(z.string()).describe("Networks that it takes requests from"),
    IpVersion: z.string().describe("`IPv4`"),
  }),
  permission: permissionOf("CreateService"),
  errors: [...fieldErrors, "UnsupportedOperation", "LimitExceeded.ServiceCountLimitExceeded"],
  async handle(given, context) {
    refuseNetworks(given);
    const id = `service-${randomName(8)}`;
    const nets = given.NetTypes ?? ["OUTER"];
    const content: ServiceContent = {
      name: given.ServiceName,
      hostLabel: `${id}-${context.account.appId}`,
      protocol: given.Protocol,
      takesExtranet: nets.includes("OUTER"),
      takesIntranet: nets.includes("INNER"),
      description: given.ServiceDesc ?? "",
      tags: given.Tags ?? [],
    };
    const limit = limits.apiGateway.services;
    if ((await context.store.apiGateway.services.create(id, content, limit)) === "limit") {
      throw new ApiError(
        "LimitExceeded.ServiceCountLimitExceeded",
        `There are ${limit} services, as many as there may be.`,
      );
    }
    await announceService(context, id);
    const service = await findService(context, id);
    const { outer, inner } = hostsOf(service, context);
    return {
      ServiceId: id,
      ServiceName: service.name,
      ServiceDesc: service.description,
      OuterSubDomain: outer,
      InnerSubDomain: inner,
      CreatedTime: formatTime(service.addTime),
      NetTypes: netTypesOf(service),
      IpVersion: "IPv4",
    };
  },
});

/** What needs machines or networks that this server does not have. */
function refuseNetworks({
  InstanceId: instance = "",
  UniqVpcId: vpc = "",
}: {
  InstanceId?: string | undefined;
  UniqVpcId?: string | undefined;
}) {
  if (instance !== "")
    throw new ApiError("UnsupportedOperation", "InstanceId: instances of one's own are not available.");
  if (vpc !== "") throw new ApiError("UnsupportedOperation", "UniqVpcId: private networks are not available.");
}

export const modifyService = defineAction({
  name: "ModifyService",
  group,
  summary: "Changes what is given of a service, at once and in all environments.",
  input: z.object({
    ServiceId: serviceId,
    ServiceName: serviceName.optional(),
    ServiceDesc: description.optional(),
    Protocol: protocol.optional(),
    NetTypes: netTypes.optional(),
    UniqVpcId: text("Private networks are not available: refused unless it is empty").optional(),
  }),
  output: z.object({}),
  permission: permissionOf("ModifyService"),
  errors: [...fieldErrors, "UnsupportedOperation", "ResourceNotFound.InvalidService"],
  async handle(given, context) {
    refuseNetworks(given);
    const nets = given.NetTypes;
    const wasThere = await context.store.apiGateway.services.update(given.ServiceId, {
      ...(given.ServiceName === undefined ? {} : { name: given.ServiceName }),
      ...(given.ServiceDesc === undefined ? {} : { description: given.ServiceDesc }),
      ...(given.Protocol === undefined ? {} : { protocol: given.Protocol }),
      ...(nets === undefined ? {} : { takesExtranet: nets.includes("OUTER"), takesIntranet: nets.includes("INNER") }),
    });
    if (!wasThere) throw serviceMissing(given.ServiceId);
    await announceService(context, given.ServiceId);
    return {};
  },
});

export const deleteService = defineResultAction({
  name: "DeleteService",
  group,
  summary:
    "Deletes a service with its APIs and domains. Its environments have to be taken back before (UnReleaseService).",
  input: z.object({
    ServiceId: serviceId,
    SkipVerification: integer(0, 1).optional().describe("For instances of one's own alone; nothing looks at it"),
  }),
  result: done,
  errors: ["ResourceNotFound.InvalidService", "UnsupportedOperation.UnsupportedDeleteService"],
  async handle(given, context) {
    const outcome = await context.store.apiGateway.services.delete(given.ServiceId);
    if (outcome === "missing") throw serviceMissing(given.ServiceId);
    if (outcome === "released") {
      throw new ApiError(
        "UnsupportedOperation.UnsupportedDeleteService",
        `${given.ServiceId} is released; take it back from its environments with UnReleaseService first.`,
      );
    }
    await announceService(context, given.ServiceId);
    return true;
  },
});
