const upstreams = "Upstreams are ways into private networks, which this server does not have";
const instances = "Instances of one's own are machines of Tencent's";
const documents = "Pages about APIs for their callers; docs are made from an OpenAPI definition";

/** Actions of Tencent's API that this server knows and does not have. */
export const absentApiGatewayActions: ReadonlyMap<string, string> = new Map([
  ...["CreateUpstream", "DescribeUpstreams", "DescribeUpstreamBindApis", "ModifyUpstream", "DeleteUpstream"].map(
    (name) => [name, upstreams] as const,
  ),
  ...[
    "CreateExclusiveInstances",
    "ModifyExclusiveInstance",
    "DescribeExclusiveInstances",
    "DescribeExclusiveInstanceDetail",
    "DescribeExclusiveInstanceRegions",
    "DescribeExclusiveInstancesStatus",
    "DescribeInstancesNetworkConfig",
  ].map((name) => [name, instances] as const),
  ...[
    "CreateAPIDoc",
    "DescribeAPIDocs",
    "DescribeAPIDocDetail",
    "ModifyAPIDoc",
    "BuildAPIDoc",
    "ResetAPIDocPassword",
    "DeleteAPIDoc",
  ].map((name) => [name, documents] as const),
]);
