// Written by script/generate.ts from the declarations in src/control; do not edit.

/** Version of the API that these types describe. */
export const scfVersion = "2018-04-16";

/** Structure AccessInfo. */
export interface AccessInfo {
  /** Public domain; empty for event functions. */
  Host: string;
  /** Empty. */
  Vip: string;
}

/** Structure Alias. */
export interface Alias {
  /** Name of the alias. */
  Name: string;
  /** Main version. */
  FunctionVersion: string;
  /** The additional version. */
  RoutingConfig: RoutingConfig;
  /** Description of the alias. */
  Description: string;
  /** When it was made, Asia/Shanghai. */
  AddTime: string;
  /** When it was changed last, Asia/Shanghai. */
  ModTime: string;
}

/** Structure CertConf. */
export interface CertConf {
  /** Id of the certificate. */
  CertificateId?: string | undefined;
}

/** Structure CfsConfig. */
export interface CfsConfig {
  /** File systems to mount. */
  CfsInsList: CfsInsInfo[];
}

/** Structure CfsInsInfo. */
export interface CfsInsInfo {
  /** User id of the mount. */
  UserId: string;
  /** Group id of the mount. */
  UserGroupId: string;
  /** Id of the file system. */
  CfsId: string;
  /** Id of the mount point. */
  MountInsId: string;
  /** Directory inside the function. */
  LocalMountDir: string;
  /** Directory of the file system. */
  RemoteMountDir: string;
  /** Address of the file system. */
  IpAddress?: string | undefined;
  /** Private network of the file system. */
  MountVpcId?: string | undefined;
  /** Subnet of the file system. */
  MountSubnetId?: string | undefined;
}

/** Structure Code. */
export interface Code {
  /** The package: a zip, base64-encoded; at most 50 MB before encoding, 500 MB unpacked. */
  ZipFile?: string | undefined;
  /** Not available yet: bucket of the package. */
  CosBucketName?: string | undefined;
  /** Not available yet: object of the package. */
  CosObjectName?: string | undefined;
  /** Not available yet: region of the bucket. */
  CosBucketRegion?: string | undefined;
  /** Not available yet: temporary object of the package. */
  TempCosObjectName?: string | undefined;
  /** Not available: Tencent's own samples. */
  DemoId?: string | undefined;
  /** Not available: retired by Tencent. */
  GitUrl?: string | undefined;
  /** Of `GitUrl`. */
  GitUserName?: string | undefined;
  /** Of `GitUrl`. */
  GitPassword?: string | undefined;
  /** Of `GitUrl`. */
  GitPasswordSecret?: string | undefined;
  /** Of `GitUrl`. */
  GitUserNameSecret?: string | undefined;
  /** Of `GitUrl`. */
  GitBranch?: string | undefined;
  /** Of `GitUrl`. */
  GitDirectory?: string | undefined;
  /** Of `GitUrl`. */
  GitCommitId?: string | undefined;
  /** Not available yet: a container image instead of a package. */
  ImageConfig?: ImageConfig | undefined;
}

/** Structure DeadLetterConfig. */
export interface DeadLetterConfig {
  /** `CMQ-QUEUE` or `CMQ-TOPIC`. */
  Type: string;
  /** Name of the queue or topic. */
  Name: string;
  /** Kind of filter of a topic. */
  FilterType?: string | undefined;
}

/** Structure DomainInfo. */
export interface DomainInfo {
  /** The domain. */
  Domain: string;
  /** `HTTP`, `HTTPS` or `HTTP&HTTPS`. */
  Protocol: string;
  /** Where its paths lead. */
  EndpointsConfig: EndpointsConf[];
  /** Its certificate. */
  CertConfig: CertConf;
  /** As given. */
  WafConfig: WafConf;
  /** Tags. */
  Tags: Tag[];
}

/** Structure EipConfigIn. */
export interface EipConfigIn {
  /** `ENABLE` or `DISABLE`. */
  EipStatus: string;
}

/** Structure EipConfigOut. */
export interface EipConfigOut {
  /** `ENABLE` or `DISABLE`. */
  EipStatus: string;
  /** Addresses. */
  EipAddress: string[];
}

/** Structure EipOutConfig. */
export interface EipOutConfig {
  /** `TRUE` or `FALSE`. */
  EipFixed: string;
  /** Addresses. */
  Eips: string[];
}

/** Structure EndpointsConf. */
export interface EndpointsConf {
  /** Name of the namespace: 1–30 letters, digits, `-` and `_`; begins with a letter. */
  Namespace: string;
  /** Name of the function: 2–60 letters, digits, `-` and `_`; begins with a letter, does not end in `-` or `_`. */
  FunctionName: string;
  /** A version or an alias, `$LATEST` or `$DEFAULT`. */
  Qualifier: string;
  /** Path that leads to the function: `/a` alone, `/a/*` with everything below. The exact one wins, then the longest. */
  PathMatch: string;
  /** How the path is rewritten, by the first rule that fits. */
  PathRewrite?: PathRewriteRule[] | undefined;
}

/** Structure Environment. */
export interface Environment {
  /** Variables that the function sees; at most 4 KB together, names and values. */
  Variables?: Variable[] | undefined;
}

/** Structure Filter. */
export interface Filter {
  /** What to compare. */
  Name: string;
  /** Values of which one has to fit. */
  Values: string[];
}

/** Structure Function. */
export interface Function {
  /** Name of the function. */
  FunctionName: string;
  /** Id of the function. */
  FunctionId: string;
  /** Namespace of the function. */
  Namespace: string;
  /** Description. */
  Description: string;
  /** `Event`, `HTTP` or `Service`. */
  Type: string;
  /** Runtime. */
  Runtime: string;
  /** `Creating`, `CreateFailed`, `Active`, `Updating`, `UpdateFailed`, `Publishing`, `PublishFailed`, `Deleting`, `DeleteFailed`. */
  Status: string;
  /** The reasons of the status as one text. */
  StatusDesc: string;
  /** Why the function does not run. */
  StatusReasons: StatusReason[];
  /** When it was created, Asia/Shanghai. */
  AddTime: string;
  /** When it was changed last, Asia/Shanghai. */
  ModTime: string;
  /** Tags. */
  Tags: Tag[];
  /** 0: provisioned concurrency is not available yet. */
  TotalProvisionedConcurrencyMem: number;
  /** 0: reserved concurrency is not available yet. */
  ReservedConcurrencyMem: number;
  /** As given. */
  AsyncRunEnable: string;
  /** As given. */
  TraceEnable: string;
}

/** Structure FunctionLog. */
export interface FunctionLog {
  /** Name of the function. */
  FunctionName: string;
  /** What the function returned, or its failure; at most 8 KB. */
  RetMsg: string;
  /** Id of the call; empty for lines of an instance. */
  RequestId: string;
  /** When it began, Asia/Shanghai. */
  StartTime: string;
  /** 0: went well; 3: the caller went away; otherwise the code of the failure, e.g. 430. */
  RetCode: number;
  /** 1. */
  InvokeFinished: number;
  /** Time of the call in ms: all of `Phases` but `Queue`. */
  Duration: number;
  /** Where the time of a call went; absent for lines of an instance. Tencent's API has no such field. */
  Phases?: InvocationPhases | undefined;
  /** Billed time in ms: rounded up to 100. */
  BillDuration: number;
  /** Highest memory during the call in bytes. */
  MemUsage: number;
  /** Bytes that the sandbox sent over its network since the call before ended, with their packets' headers; of services with their answers; absent for lines of an instance. Tencent's API has no such field. */
  NetworkBytesOut?: number | undefined;
  /** START, the function's lines, END and Report. */
  Log: string;
  /** Empty. */
  Level: string;
  /** `invocation`, or `instance` for lines that belong to no call, e.g. of a service. */
  Source: string;
  /** Deliveries of the event before this one. */
  RetryNum: number;
}

/** Structure FunctionVersion. */
export interface FunctionVersion {
  /** `$LATEST` or a number. */
  Version: string;
  /** Description of the version. */
  Description: string;
  /** When it was published, Asia/Shanghai. */
  AddTime: string;
  /** When it was changed last, Asia/Shanghai. */
  ModTime: string;
  /** Status, as GetFunction tells it. */
  Status: string;
}

/** Structure ImageConfig. */
export interface ImageConfig {
  /** Kind of registry. */
  ImageType?: string | undefined;
  /** Name of the image. */
  ImageUri?: string | undefined;
  /** Id of the registry. */
  RegistryId?: string | undefined;
  /** Program to start. */
  EntryPoint?: string | undefined;
  /** Command to start. */
  Command?: string | undefined;
  /** Its arguments. */
  Args?: string | undefined;
  /** Faster pulls. */
  ContainerImageAccelerate?: boolean | undefined;
  /** Port of a server in the image. */
  ImagePort?: number | undefined;
}

/** Structure InstanceConcurrencyConfig. */
export interface InstanceConcurrencyConfig {
  /** `TRUE`: the platform decides; `FALSE`: `MaxConcurrency` does; empty text: back to the default. */
  DynamicEnabled?: string | undefined;
  /** Calls at a time in one instance, 1–100. */
  MaxConcurrency?: number | undefined;
  /** What is counted: `Request-Based`; `Session-Based` is not available yet. */
  Type?: string | undefined;
  /** `TRUE` (a sandbox for each session) is not available yet. */
  InstanceIsolationEnabled?: string | undefined;
  /** Where a request's session stands: not available yet. */
  SessionConfig?: SessionConfig | undefined;
  /** GPU nodes: not available yet; only an empty list is taken. */
  MixNodeConfig?: MixNodeConfig[] | undefined;
}

/** Structure IntranetConfigIn. */
export interface IntranetConfigIn {
  /** Whether the function's private address is fixed. */
  IpFixed: string;
}

/** Structure IntranetConfigOut. */
export interface IntranetConfigOut {
  /** `ENABLE` or `DISABLE`. */
  IpFixed: string;
  /** Addresses. */
  IpAddress: string[];
}

/** Structure InvocationPhases. */
export interface InvocationPhases {
  /** Waiting for admission and an instance, ms; not billed. */
  Queue: number;
  /** Taking a started sandbox, ms; 0 on a warm call, like the next two. */
  Claim: number;
  /** Giving it code and limits, ms. */
  Mount: number;
  /** Loading the handler, ms. */
  Init: number;
  /** Thawing an instance that stood still, ms; 0 when it did not. */
  Thaw: number;
  /** The function itself, ms. */
  Run: number;
}

/** Structure K8SLabel. */
export interface K8SLabel {
  /** Key of the label. */
  Key: string;
  /** Value of the label. */
  Value: string;
}

/** Structure K8SToleration. */
export interface K8SToleration {
  /** Key of the taint. */
  Key?: string | undefined;
  /** How it is compared. */
  Operator?: string | undefined;
  /** Effect of the taint. */
  Effect?: string | undefined;
  /** Value of the taint. */
  Value?: string | undefined;
  /** For how long. */
  TolerationSeconds?: number | undefined;
}

/** Structure LayerVersionInfo. */
export interface LayerVersionInfo {
  /** Name of the layer. */
  LayerName: string;
  /** Version of the layer. */
  LayerVersion: number;
  /** `Active`; `Deleted` where a function keeps a version that is gone. */
  Status: string;
  /** Runtimes of functions that can have it. */
  CompatibleRuntimes: string[];
  /** When it was published, Asia/Shanghai. */
  AddTime: string;
  /** Description. */
  Description: string;
  /** License. */
  LicenseInfo: string;
  /** Empty. */
  Stamp: string;
  /** Tags. */
  Tags: Tag[];
}

/** Structure LayerVersionSimple. */
export interface LayerVersionSimple {
  /** Name of the layer. */
  LayerName: string;
  /** Version of the layer. */
  LayerVersion: number;
}

/** Structure LimitsInfo. */
export interface LimitsInfo {
  /** Namespaces at most. */
  NamespacesCount: number;
  /** Limits of each namespace. */
  Namespace: NamespaceLimit[];
}

/** Structure LogFilter. */
export interface LogFilter {
  /** `is0`: went well; `not0`: failed; or a kind of failure: `TimeLimitExceeded`, `ResourceLimitExceeded`, `UserCodeException`. */
  RetCode?: string | undefined;
}

/** Structure LogSearchContext. */
export interface LogSearchContext {
  /** As given. */
  Offset: string;
  /** As given. */
  Limit: number;
  /** Searching in logs is not available yet. */
  Keyword?: string | undefined;
  /** As given. */
  Type?: string | undefined;
}

/** Structure MixNodeConfig. */
export interface MixNodeConfig {
  /** Kind of GPU node. */
  NodeSpec?: string | undefined;
  /** Calls at a time on it. */
  Num?: number | undefined;
}

/** Structure Namespace. */
export interface Namespace {
  /** Name of the namespace. */
  Name: string;
  /** Description of the namespace. */
  Description: string;
  /** `default`. */
  Type: string;
  /** When it was made, Asia/Shanghai. */
  AddTime: string;
  /** When it was changed last, Asia/Shanghai. */
  ModTime: string;
}

/** Structure NamespaceLimit. */
export interface NamespaceLimit {
  /** Name of the namespace. */
  Namespace: string;
  /** Functions at most. */
  FunctionsCount: number;
  /** Triggers of a function at most; triggers are not available yet. */
  Trigger: TriggerCount;
  /** Calls at a time of functions of 1280 MB, as Tencent counts them. */
  ConcurrentExecutions: number;
  /** Highest `Timeout` in s. */
  TimeoutLimit: number;
  /** Highest `InitTimeout` in s. */
  InitTimeoutLimit: number;
  /** Test events at most. */
  TestModelLimit: number;
  /** Retries of an asynchronous event at most. */
  RetryNumLimit: number;
  /** Shortest life of an asynchronous event in s. */
  MinMsgTTL: number;
  /** Longest life of an asynchronous event in s. */
  MaxMsgTTL: number;
}

/** Structure NamespaceResourceEnv. */
export interface NamespaceResourceEnv {
  /** A Kubernetes cluster to run in. */
  TKE?: NamespaceResourceEnvTKE | undefined;
  /** Whether it has left. */
  OFFLINE?: boolean | undefined;
}

/** Structure NamespaceResourceEnvTKE. */
export interface NamespaceResourceEnvTKE {
  /** Id of the cluster. */
  ClusterID: string;
  /** Id of the subnet. */
  SubnetID: string;
  /** Namespace in the cluster. */
  Namespace: string;
  /** Directory for data. */
  DataPath?: string | undefined;
  /** Labels of its nodes. */
  NodeSelector?: K8SLabel[] | undefined;
  /** Taints that it bears. */
  Tolerations?: K8SToleration[] | undefined;
  /** Port on the nodes. */
  Port?: number | undefined;
  /** Changes to the pods. */
  PodTemplatePatch?: string | undefined;
}

/** Structure NamespaceUsage. */
export interface NamespaceUsage {
  /** Name of the namespace. */
  Namespace: string;
  /** Names of its functions. */
  Functions: string[];
  /** How many functions it has. */
  FunctionsCount: number;
  /** Concurrency of the account in MB; namespaces share it. */
  TotalConcurrencyMem: number;
  /** Reserved concurrency in MB; 0: not available yet. */
  TotalAllocatedConcurrencyMem: number;
  /** Provisioned concurrency in MB; 0: not available yet. */
  TotalAllocatedProvisionedMem: number;
}

/** Structure PathRewriteRule. */
export interface PathRewriteRule {
  /** Paths that are rewritten: `/a` alone, or `/a/*` with everything below. */
  Path: string;
  /** `WildcardRules` or `ExactRules`, which take no `*`. */
  Type: string;
  /** What the function sees instead; `$1` (or `$`) is what `*` stood for. */
  Rewrite: string;
}

/** Structure ProtocolParams. */
export interface ProtocolParams {
  /** Parameters of the WebSocket protocol. */
  WSParams?: WSParams | undefined;
}

/** Structure PublicNetConfigIn. */
export interface PublicNetConfigIn {
  /** `ENABLE` or `DISABLE`: whether the function reaches the internet. */
  PublicNetStatus: string;
  /** Fixed public address for outgoing connections. */
  EipConfig?: EipConfigIn | undefined;
}

/** Structure PublicNetConfigOut. */
export interface PublicNetConfigOut {
  /** `ENABLE` or `DISABLE`. */
  PublicNetStatus: string;
  /** Fixed public address. */
  EipConfig: EipConfigOut;
}

/** Structure RequestStatus. */
export interface RequestStatus {
  /** Name of the function. */
  FunctionName: string;
  /** What the function returned, or its failure. */
  RetMsg: string;
  /** Id of the call. */
  RequestId: string;
  /** When it began, Asia/Shanghai. */
  StartTime: string;
  /** 0: went well; 1: waiting or running; -1: failed. */
  RetCode: number;
  /** Time of the call in ms. */
  Duration: number;
  /** Highest memory during the call in MB. */
  MemUsage: number;
  /** Retries so far. */
  RetryNum: number;
}

/** Structure Result. */
export interface Result {
  /** What the function returned, as JSON text; or its failure. */
  RetMsg: string;
  /** Why the call failed; empty when it did not. */
  ErrMsg: string;
  /** Last 4 KB of the call's log, with `LogType` `Tail`. */
  Log: string;
  /** Highest memory during the call in bytes. */
  MemUsage: number;
  /** Time of the call in ms. */
  Duration: number;
  /** Billed time in ms: rounded up to 100. */
  BillDuration: number;
  /** Id of the call; GetFunctionLogs finds it. */
  FunctionRequestId: string;
  /** 0: the function ran; -1: the call failed. */
  InvokeResult: number;
}

/** Structure RoutingConfig. */
export interface RoutingConfig {
  /** A version that takes a share of the calls; at most one. */
  AdditionalVersionWeights?: VersionWeight[] | undefined;
  /** A version that takes the calls that match; at most one. */
  AddtionVersionMatchs?: VersionMatch[] | undefined;
}

/** Structure SearchKey. */
export interface SearchKey {
  /** `Namespace` or `Description`. */
  Key: string;
  /** Part of it. */
  Value: string;
}

/** Structure SessionConfig. */
export interface SessionConfig {
  /** `HEADER`, `COOKIE` or `QUERY_STRING`. */
  SessionSource?: string | undefined;
  /** Name of the header, cookie or parameter. */
  SessionName?: string | undefined;
  /** Path of the cookie. */
  SessionPath?: string | undefined;
  /** Sessions at a time in one instance. */
  MaximumConcurrencySessionPerInstance?: number | undefined;
  /** Longest life of a session. */
  MaximumTTLInSeconds?: number | undefined;
  /** Longest silence of a session. */
  MaximumIdleTimeInSeconds?: number | undefined;
  /** What becomes of a silent session. */
  IdleTimeoutStrategy?: string | undefined;
}

/** Structure StatusReason. */
export interface StatusReason {
  /** Kind of problem, e.g. `PortBindingFailed`. */
  ErrorCode: string;
  /** What happened. */
  ErrorMessage: string;
}

/** Structure Tag. */
export interface Tag {
  /** Key of the tag. */
  Key: string;
  /** Value of the tag. */
  Value: string;
}

/** Structure Trigger. */
export interface Trigger {
  /** Name of the trigger. */
  TriggerName: string;
  /** Type, e.g. `http`. */
  Type: string;
  /** What the trigger does, as JSON text; of a function URL with its addresses. */
  TriggerDesc: string;
  /** The version or alias that it calls. */
  Qualifier: string;
  /** 1: it is on; 0: it is off. */
  Enable: number;
  /** What goes with the events of timers. */
  CustomArgument: string;
  /** Description. */
  Description: string;
  /** `Available`; `Unavailable`: the API of an `apigw` was deleted. */
  AvailableStatus: string;
  /** When it was made, Asia/Shanghai. */
  AddTime: string;
  /** When it was changed last, Asia/Shanghai. */
  ModTime: string;
  /** Name of the trigger among all resources. */
  ResourceId: string;
  /** `on`. */
  BindStatus: string;
  /** `single`. */
  TriggerAttribute: string;
}

/** Structure TriggerCount. */
export interface TriggerCount {
  /** Triggers of a function at most. */
  Total: number;
  /** Triggers of a function at most. */
  Cos: number;
  /** Triggers of a function at most. */
  Timer: number;
  /** Triggers of a function at most. */
  Cmq: number;
  /** Triggers of a function at most. */
  Ckafka: number;
  /** Triggers of a function at most. */
  Apigw: number;
  /** Triggers of a function at most. */
  Cls: number;
  /** Triggers of a function at most. */
  Clb: number;
  /** Triggers of a function at most. */
  Mps: number;
  /** Triggers of a function at most. */
  Cm: number;
  /** Triggers of a function at most. */
  Vod: number;
  /** Triggers of a function at most. */
  Eb: number;
}

/** Structure TriggerFilter. */
export interface TriggerFilter {
  /** `Qualifier`, `TriggerName` or `Description`. */
  Name: string;
  /** Values of which one has to fit. */
  Values: string[];
}

/** Structure TriggerInfo. */
export interface TriggerInfo {
  /** Name of the trigger. */
  TriggerName: string;
  /** Type, e.g. `http`. */
  Type: string;
  /** What the trigger does, as JSON text; of a function URL with its addresses. */
  TriggerDesc: string;
  /** The version or alias that it calls. */
  Qualifier: string;
  /** 1: it is on; 0: it is off. */
  Enable: number;
  /** What goes with the events of timers. */
  CustomArgument: string;
  /** Description. */
  Description: string;
  /** `Available`; `Unavailable`: the API of an `apigw` was deleted. */
  AvailableStatus: string;
  /** When it was made, Asia/Shanghai. */
  AddTime: string;
  /** When it was changed last, Asia/Shanghai. */
  ModTime: string;
  /** Name of the trigger among all resources. */
  ResourceId: string;
  /** `on`. */
  BindStatus: string;
  /** `single`. */
  TriggerAttribute: string;
  /** Empty. */
  BoundResources: string;
}

/** Structure UsageInfo. */
export interface UsageInfo {
  /** How many namespaces there are. */
  NamespacesCount: number;
  /** The namespaces. */
  Namespace: NamespaceUsage[];
  /** Concurrency of the account in MB. */
  TotalConcurrencyMem: number;
  /** Reserved concurrency in MB; 0: not available yet. */
  TotalAllocatedConcurrencyMem: number;
  /** Concurrency of the account in MB. */
  UserConcurrencyMemLimit: number;
}

/** Structure Variable. */
export interface Variable {
  /** Letters, digits and `_`; begins with a letter. */
  Key: string;
  /** Value of the variable. */
  Value?: string | undefined;
}

/** Structure VersionMatch. */
export interface VersionMatch {
  /** The additional version. */
  Version: string;
  /** `invoke.headers.<name>`: `<name>` is looked up in the call's `RoutingKey`. */
  Key: string;
  /** `exact` or `range`. */
  Method: string;
  /** The value for `exact`; `(a,b)` or `[a,b]` of integers for `range`. */
  Expression: string;
}

/** Structure VersionWeight. */
export interface VersionWeight {
  /** The additional version. */
  Version: string;
  /** Its share of the calls, 0–1. */
  Weight: number;
}

/** Structure VpcConfig. */
export interface VpcConfig {
  /** Id of the private network. */
  VpcId?: string | undefined;
  /** Id of the subnet. */
  SubnetId?: string | undefined;
}

/** Structure WSParams. */
export interface WSParams {
  /** Seconds that a WebSocket may be silent, 1–1800; 15 when absent. */
  IdleTimeOut?: number | undefined;
}

/** Structure WafConf. */
export interface WafConf {
  /** `CLOSE`; `OPEN` is not available. */
  WafOpen?: string | undefined;
  /** Kept as given. */
  WafInstanceId?: string | undefined;
}

/** Fields of CreateFunction. */
export interface CreateFunctionRequest {
  /** Name of the function: 2–60 letters, digits, `-` and `_`; begins with a letter, does not end in `-` or `_`. */
  FunctionName: string;
  /** The code: exactly one source. */
  Code: Code;
  /** `file.method`, e.g. `index.main_handler`; `package.Class::method` for Java; the file to run for a 2019 service; the program for Go1; not needed with `bootstrap` or `scf_bootstrap`. */
  Handler?: string | undefined;
  /** `Nodejs<version>`, `Nodejs<version>-service`, `Python3.<version>`, `Php<version>`, `Java8`, `Java11`, `Java17`, `Java21`, `Go1`, `CustomRuntime`; the default is Tencent's and not available here. */
  Runtime?: string | undefined;
  /** Namespace of the function. */
  Namespace?: string | undefined;
  /** `Event`: called with an event; `HTTP`: called with requests; `Service`: a server that listens on a port. */
  Type?: string | undefined;
  /** Where the code is; follows from the code when absent. */
  CodeSource?: string | undefined;
  /** Free text of at most 1000 characters. */
  Description?: string | undefined;
  /** Memory in MB: 64, or 128–3072 in steps of 128; 128 at creation. */
  MemorySize?: number | undefined;
  /** Seconds that one call may take, 1–900; 3 at creation. Services have no limit. */
  Timeout?: number | undefined;
  /** Seconds that loading the code may take, 3–300; 65 at creation. */
  InitTimeout?: number | undefined;
  /** Environment variables; replaces all earlier ones. */
  Environment?: Environment | undefined;
  /** Role of the function: with one, of any name, it gets temporary credentials that may call functions and read. */
  Role?: string | undefined;
  /** Calls at a time in one instance of an HTTP function; 100 when absent. A service takes calls as they come. */
  InstanceConcurrencyConfig?: InstanceConcurrencyConfig | undefined;
  /** Parameters of `ProtocolType`. */
  ProtocolParams?: ProtocolParams | undefined;
  /** `TRUE`: at every deployment the platform installs what package.json (`npm ci` with a lock file, else `npm install`; without dev dependencies) or requirements.txt (pip) asks for. */
  InstallDependency?: string | undefined;
  /** Layers, at most 5, laid over each other in this order; replaces all earlier ones; an empty list, or one layer with an empty name, removes all. */
  Layers?: LayerVersionSimple[] | undefined;
  /** File systems: not available yet; only an empty list is taken. */
  CfsConfig?: CfsConfig | undefined;
  /** Private network. Which ones functions reach is decided where the server runs. Kept; not yet acted on. */
  VpcConfig?: VpcConfig | undefined;
  /** Logset of the log service. Logs stay here: GetFunctionLogs. Kept; not yet acted on. */
  ClsLogsetId?: string | undefined;
  /** Topic of the log service. Logs stay here: GetFunctionLogs. Kept; not yet acted on. */
  ClsTopicId?: string | undefined;
  /** Where events go that failed for good: not available yet; only empty names are taken. */
  DeadLetterConfig?: DeadLetterConfig | undefined;
  /** Way to the internet. Connections leave from the server's address; `DISABLE` cuts the function off, which needs containers. */
  PublicNetConfig?: PublicNetConfigIn | undefined;
  /** Event tracing, `TRUE` or `FALSE`. GetRequestStatus tells of every event. Kept; not yet acted on. */
  TraceEnable?: string | undefined;
  /** `TRUE` (long asynchronous runs) is not available yet. */
  AsyncRunEnable?: string | undefined;
  /** Cache for DNS, `TRUE` or `FALSE`. The server's resolver decides. Kept; not yet acted on. */
  DnsCache?: string | undefined;
  /** Fixed private address. Connections leave from the server's address. Kept; not yet acted on. */
  IntranetConfig?: IntranetConfigIn | undefined;
  /** `WS`: the HTTP function takes WebSockets; a service always does. */
  ProtocolType?: string | undefined;
  /** Tags; ListFunctions can filter by them. */
  Tags?: Tag[] | undefined;
  /** `TRUE` makes an index of the log topic. Kept; not yet acted on. */
  AutoDeployClsTopicIndex?: string | undefined;
  /** `TRUE` makes a log topic. Kept; not yet acted on. */
  AutoCreateClsTopic?: string | undefined;
}

/** Reply of CreateFunction. */
export interface CreateFunctionResponse {
  /** Id of this call. */
  RequestId: string;
}

/** Fields of UpdateFunctionCode. */
export interface UpdateFunctionCodeRequest {
  /** Name of the function: 2–60 letters, digits, `-` and `_`; begins with a letter, does not end in `-` or `_`. */
  FunctionName: string;
  /** Namespace of the function. */
  Namespace?: string | undefined;
  /** `file.method`, e.g. `index.main_handler`; `package.Class::method` for Java; the file to run for a 2019 service; the program for Go1; not needed with `bootstrap` or `scf_bootstrap`. */
  Handler?: string | undefined;
  /** The code: exactly one source. */
  Code?: Code | undefined;
  /** The package as in 2018: a zip, base64-encoded; at most 50 MB before encoding, 500 MB unpacked. */
  ZipFile?: string | undefined;
  /** Not available yet: bucket of the package. */
  CosBucketName?: string | undefined;
  /** Not available yet: object of the package. */
  CosObjectName?: string | undefined;
  /** Not available yet: region of the bucket. */
  CosBucketRegion?: string | undefined;
  /** Where the code is; follows from the code when absent. */
  CodeSource?: string | undefined;
  /** `TRUE`: at every deployment the platform installs what package.json (`npm ci` with a lock file, else `npm install`; without dev dependencies) or requirements.txt (pip) asks for. */
  InstallDependency?: string | undefined;
  /** `TRUE` publishes the new code as a version too. */
  Publish?: string | undefined;
  /** Environment of CloudBase; not acted on. */
  EnvId?: string | undefined;
}

/** Reply of UpdateFunctionCode. */
export interface UpdateFunctionCodeResponse {
  /** Id of this call. */
  RequestId: string;
}

/** Fields of UpdateFunctionConfiguration. */
export interface UpdateFunctionConfigurationRequest {
  /** Name of the function: 2–60 letters, digits, `-` and `_`; begins with a letter, does not end in `-` or `_`. */
  FunctionName: string;
  /** Namespace of the function. */
  Namespace?: string | undefined;
  /** The function's runtime; it cannot be changed. */
  Runtime?: string | undefined;
  /** Free text of at most 1000 characters. */
  Description?: string | undefined;
  /** Memory in MB: 64, or 128–3072 in steps of 128; 128 at creation. */
  MemorySize?: number | undefined;
  /** Seconds that one call may take, 1–900; 3 at creation. Services have no limit. */
  Timeout?: number | undefined;
  /** Seconds that loading the code may take, 3–300; 65 at creation. */
  InitTimeout?: number | undefined;
  /** Environment variables; replaces all earlier ones. */
  Environment?: Environment | undefined;
  /** Role of the function: with one, of any name, it gets temporary credentials that may call functions and read. */
  Role?: string | undefined;
  /** Calls at a time in one instance of an HTTP function; 100 when absent. A service takes calls as they come. */
  InstanceConcurrencyConfig?: InstanceConcurrencyConfig | undefined;
  /** Parameters of `ProtocolType`. */
  ProtocolParams?: ProtocolParams | undefined;
  /** `TRUE`: at every deployment the platform installs what package.json (`npm ci` with a lock file, else `npm install`; without dev dependencies) or requirements.txt (pip) asks for. */
  InstallDependency?: string | undefined;
  /** Layers, at most 5, laid over each other in this order; replaces all earlier ones; an empty list, or one layer with an empty name, removes all. */
  Layers?: LayerVersionSimple[] | undefined;
  /** File systems: not available yet; only an empty list is taken. */
  CfsConfig?: CfsConfig | undefined;
  /** Private network. Which ones functions reach is decided where the server runs. Kept; not yet acted on. */
  VpcConfig?: VpcConfig | undefined;
  /** Logset of the log service. Logs stay here: GetFunctionLogs. Kept; not yet acted on. */
  ClsLogsetId?: string | undefined;
  /** Topic of the log service. Logs stay here: GetFunctionLogs. Kept; not yet acted on. */
  ClsTopicId?: string | undefined;
  /** Where events go that failed for good: not available yet; only empty names are taken. */
  DeadLetterConfig?: DeadLetterConfig | undefined;
  /** Way to the internet. Connections leave from the server's address; `DISABLE` cuts the function off, which needs containers. */
  PublicNetConfig?: PublicNetConfigIn | undefined;
  /** Event tracing, `TRUE` or `FALSE`. GetRequestStatus tells of every event. Kept; not yet acted on. */
  TraceEnable?: string | undefined;
  /** `TRUE` (long asynchronous runs) is not available yet. */
  AsyncRunEnable?: string | undefined;
  /** Cache for DNS, `TRUE` or `FALSE`. The server's resolver decides. Kept; not yet acted on. */
  DnsCache?: string | undefined;
  /** Fixed private address. Connections leave from the server's address. Kept; not yet acted on. */
  IntranetConfig?: IntranetConfigIn | undefined;
  /** `TRUE` publishes the new configuration as a version too. */
  Publish?: string | undefined;
  /** `TRUE` (access to L5) is not available. */
  L5Enable?: string | undefined;
  /** Leaves out the platform's lines in the log service; not acted on, logs stay here. */
  IgnoreSysLog?: boolean | undefined;
}

/** Reply of UpdateFunctionConfiguration. */
export interface UpdateFunctionConfigurationResponse {
  /** Id of this call. */
  RequestId: string;
}

/** Fields of GetFunction. */
export interface GetFunctionRequest {
  /** Name of the function: 2–60 letters, digits, `-` and `_`; begins with a letter, does not end in `-` or `_`. */
  FunctionName: string;
  /** Version or alias. */
  Qualifier?: string | undefined;
  /** Namespace of the function. */
  Namespace?: string | undefined;
  /** `TRUE`: `CodeInfo` has the text of the handler's file, when it is at most 1 MB. */
  ShowCode?: string | undefined;
}

/** Reply of GetFunction. */
export interface GetFunctionResponse {
  /** Name of the function. */
  FunctionName: string;
  /** Id of the function, `lam-` and 8 characters. */
  FunctionId: string;
  /** Namespace of the function. */
  Namespace: string;
  /** Version: `$LATEST` or a number. */
  FunctionVersion: string;
  /** The qualifier that was asked for. */
  Qualifier: string;
  /** Description. */
  Description: string;
  /** `Event`, `HTTP` or `Service`. */
  Type: string;
  /** Runtime. */
  Runtime: string;
  /** Handler. */
  Handler: string;
  /** Memory in MB. */
  MemorySize: number;
  /** Seconds that one call may take. */
  Timeout: number;
  /** Seconds that loading the code may take. */
  InitTimeout: number;
  /** Role. */
  Role: string;
  /** Environment variables. */
  Environment: Environment;
  /** `Creating`, `CreateFailed`, `Active`, `Updating`, `UpdateFailed`, `Publishing`, `PublishFailed`, `Deleting`, `DeleteFailed`. */
  Status: string;
  /** The reasons of the status as one text. */
  StatusDesc: string;
  /** Why the function, or an instance of it, does not run. */
  StatusReasons: StatusReason[];
  /** `Available`. */
  AvailableStatus: string;
  /** Text of the handler's file, when `ShowCode` asked for it. */
  CodeInfo: string;
  /** Size of the package in bytes. */
  CodeSize: number;
  /** `success` or `failed`. */
  CodeResult: string;
  /** Why the code failed. */
  CodeError: string;
  /** 0. */
  ErrNo: number;
  /** When it was created, Asia/Shanghai. */
  AddTime: string;
  /** When it was changed last, Asia/Shanghai. */
  ModTime: string;
  /** Where the function answers. */
  AccessInfo: AccessInfo;
  /** Triggers of all versions and aliases. */
  Triggers: Trigger[];
  /** Tags. */
  Tags: Tag[];
  /** Layers, in their order. */
  Layers: LayerVersionInfo[];
  /** As given. */
  VpcConfig: VpcConfig;
  /** As given. */
  ClsLogsetId: string;
  /** As given. */
  ClsTopicId: string;
  /** As given. */
  DeadLetterConfig?: DeadLetterConfig | undefined;
  /** As given, with Tencent's defaults. */
  PublicNetConfig: PublicNetConfigOut;
  /** As given, with Tencent's defaults. */
  IntranetConfig: IntranetConfigOut;
  /** `EipFixed` is FALSE. */
  EipConfig: EipOutConfig;
  /** `TRUE` or `FALSE`. */
  InstallDependency: string;
  /** As given. */
  AsyncRunEnable: string;
  /** As given. */
  TraceEnable: string;
  /** As given. */
  DnsCache: string;
  /** As given. */
  ProtocolType?: string | undefined;
  /** As given. */
  ProtocolParams?: ProtocolParams | undefined;
  /** As given. */
  InstanceConcurrencyConfig?: InstanceConcurrencyConfig | undefined;
  /** `FALSE`. */
  UseGpu: string;
  /** `FALSE`. */
  L5Enable: string;
  /** `FALSE`. */
  OnsEnable: string;
  /** Id of this call. */
  RequestId: string;
}

/** Fields of ListFunctions. */
export interface ListFunctionsRequest {
  /** Namespace of the function. */
  Namespace?: string | undefined;
  /** Part of the name. */
  SearchKey?: string | undefined;
  /** Part of the description. */
  Description?: string | undefined;
  /** Conditions that all have to hold, at most 10; names: VpcId, SubnetId, ClsTopicId, ClsLogsetId, Role, CfsId, CfsMountInsId, Eip, Status, Runtime, Type, or tag-<key>. */
  Filters?: Filter[] | undefined;
  /** `AddTime`, `ModTime` or `FunctionName`. */
  Orderby?: string | undefined;
  /** `ASC` or `DESC`. */
  Order?: string | undefined;
  /** How many entries to skip. */
  Offset?: number | undefined;
  /** How many entries to return at most, 1–1000. */
  Limit?: number | undefined;
}

/** Reply of ListFunctions. */
export interface ListFunctionsResponse {
  /** The functions. */
  Functions: Function[];
  /** How many there are without `Offset` and `Limit`. */
  TotalCount: number;
  /** Id of this call. */
  RequestId: string;
}

/** Fields of DeleteFunction. */
export interface DeleteFunctionRequest {
  /** Name of the function: 2–60 letters, digits, `-` and `_`; begins with a letter, does not end in `-` or `_`. */
  FunctionName: string;
  /** Namespace of the function. */
  Namespace?: string | undefined;
  /** Deletes this version alone. */
  Qualifier?: string | undefined;
}

/** Reply of DeleteFunction. */
export interface DeleteFunctionResponse {
  /** Id of this call. */
  RequestId: string;
}

/** Fields of CopyFunction. */
export interface CopyFunctionRequest {
  /** Name of the function: 2–60 letters, digits, `-` and `_`; begins with a letter, does not end in `-` or `_`. */
  FunctionName: string;
  /** Name of the new function. */
  NewFunctionName: string;
  /** Namespace of the function. */
  Namespace?: string | undefined;
  /** Namespace of the new function. */
  TargetNamespace?: string | undefined;
  /** Description of the new function; that of the old one when absent. */
  Description?: string | undefined;
  /** Only the region of this server. */
  TargetRegion?: string | undefined;
  /** Whether a function that has the new name already is overwritten. */
  Override?: boolean | undefined;
  /** Whether environment, memory, time limits, layers, description, tags and the like are copied too. */
  CopyConfiguration?: boolean | undefined;
}

/** Reply of CopyFunction. */
export interface CopyFunctionResponse {
  /** Id of this call. */
  RequestId: string;
}

/** Fields of GetFunctionAddress. */
export interface GetFunctionAddressRequest {
  /** Name of the function: 2–60 letters, digits, `-` and `_`; begins with a letter, does not end in `-` or `_`. */
  FunctionName: string;
  /** Version or alias. */
  Qualifier?: string | undefined;
  /** Namespace of the function. */
  Namespace?: string | undefined;
}

/** Reply of GetFunctionAddress. */
export interface GetFunctionAddressResponse {
  /** The link; it needs no signature of its own. */
  Url: string;
  /** SHA-256 of the package, 64 hex digits; empty when the package was lost and has to be deployed again. */
  CodeSha256: string;
  /** Id of this call. */
  RequestId: string;
}

/** Fields of Invoke. */
export interface InvokeRequest {
  /** Name of the function: 2–60 letters, digits, `-` and `_`; begins with a letter, does not end in `-` or `_`. */
  FunctionName: string;
  /** `RequestResponse`: waits; `Event`: replies as soon as the event is durable. */
  InvocationType?: string | undefined;
  /** Version or alias. */
  Qualifier?: string | undefined;
  /** The event as JSON text; at most 6 MB, asynchronously 128 KB; `{}` when absent. */
  ClientContext?: string | undefined;
  /** `Tail`: `Result.Log` has the last 4 KB of the log. */
  LogType?: string | undefined;
  /** Namespace of the function. */
  Namespace?: string | undefined;
  /** Pairs that the matched routing of an alias looks at, as JSON text: `{"User":"a"}`; at most 1024 bytes. */
  RoutingKey?: string | undefined;
}

/** Reply of Invoke. */
export interface InvokeResponse {
  /** How the call ended. */
  Result: Result;
  /** Id of this call. */
  RequestId: string;
}

/** Fields of InvokeFunction. */
export interface InvokeFunctionRequest {
  /** Name of the function: 2–60 letters, digits, `-` and `_`; begins with a letter, does not end in `-` or `_`. */
  FunctionName: string;
  /** Version or alias. */
  Qualifier?: string | undefined;
  /** The event as JSON text; at most 6 MB; `{}` when absent. */
  Event?: string | undefined;
  /** `Tail`: `Result.Log` has the last 4 KB of the log. */
  LogType?: string | undefined;
  /** Namespace of the function. */
  Namespace?: string | undefined;
  /** Pairs that the matched routing of an alias looks at, as JSON text: `{"User":"a"}`; at most 1024 bytes. */
  RoutingKey?: string | undefined;
}

/** Reply of InvokeFunction. */
export interface InvokeFunctionResponse {
  /** How the call ended. */
  Result: Result;
  /** Id of this call. */
  RequestId: string;
}

/** Fields of GetFunctionLogs. */
export interface GetFunctionLogsRequest {
  /** Name of the function: 2–60 letters, digits, `-` and `_`; begins with a letter, does not end in `-` or `_`. */
  FunctionName: string;
  /** How many entries to skip. */
  Offset?: number | undefined;
  /** How many entries to return at most, 1–10000. */
  Limit?: number | undefined;
  /** `ASC` or `DESC`. */
  Order?: string | undefined;
  /** `function_name`, `duration`, `mem_usage` or `start_time`. */
  OrderBy?: string | undefined;
  /** Which calls. */
  Filter?: LogFilter | undefined;
  /** Namespace of the function. */
  Namespace?: string | undefined;
  /** Calls of this version or alias alone. */
  Qualifier?: string | undefined;
  /** This call alone. */
  FunctionRequestId?: string | undefined;
  /** Earliest beginning, `YYYY-MM-DD HH:MM:SS` in Asia/Shanghai; one day before `EndTime` when absent. */
  StartTime?: string | undefined;
  /** Latest beginning, at most one day after `StartTime`; now when absent. */
  EndTime?: string | undefined;
  /** Retired by Tencent; comes back as given. */
  SearchContext?: LogSearchContext | undefined;
}

/** Reply of GetFunctionLogs. */
export interface GetFunctionLogsResponse {
  /** How many calls there are without `Offset` and `Limit`. */
  TotalCount: number;
  /** The calls. */
  Data: FunctionLog[];
  /** As given. */
  SearchContext?: LogSearchContext | undefined;
  /** Id of this call. */
  RequestId: string;
}

/** Fields of GetRequestStatus. */
export interface GetRequestStatusRequest {
  /** Name of the function: 2–60 letters, digits, `-` and `_`; begins with a letter, does not end in `-` or `_`. */
  FunctionName: string;
  /** Id of the call. */
  FunctionRequestId: string;
  /** Namespace of the function. */
  Namespace?: string | undefined;
  /** Earliest beginning, `YYYY-MM-DD HH:MM:SS` in Asia/Shanghai; 15 minutes ago when absent. */
  StartTime?: string | undefined;
  /** Latest beginning; now when absent. */
  EndTime?: string | undefined;
}

/** Reply of GetRequestStatus. */
export interface GetRequestStatusResponse {
  /** 1, or 0 when the call is not known. */
  TotalCount: number;
  /** The call. */
  Data: RequestStatus[];
  /** Id of this call. */
  RequestId: string;
}

/** Fields of PublishVersion. */
export interface PublishVersionRequest {
  /** Name of the function: 2–60 letters, digits, `-` and `_`; begins with a letter, does not end in `-` or `_`. */
  FunctionName: string;
  /** Description of the version. */
  Description?: string | undefined;
  /** Namespace of the function. */
  Namespace?: string | undefined;
}

/** Reply of PublishVersion. */
export interface PublishVersionResponse {
  /** Number of the version. */
  FunctionVersion: string;
  /** Size of the package in bytes. */
  CodeSize: number;
  /** Memory in MB. */
  MemorySize: number;
  /** Description of the version. */
  Description: string;
  /** Handler. */
  Handler: string;
  /** Seconds that one call may take. */
  Timeout: number;
  /** Runtime. */
  Runtime: string;
  /** Namespace of the function. */
  Namespace: string;
  /** Id of this call. */
  RequestId: string;
}

/** Fields of ListVersionByFunction. */
export interface ListVersionByFunctionRequest {
  /** Name of the function: 2–60 letters, digits, `-` and `_`; begins with a letter, does not end in `-` or `_`. */
  FunctionName: string;
  /** Namespace of the function. */
  Namespace?: string | undefined;
  /** How many entries to skip. */
  Offset?: number | undefined;
  /** How many entries to return at most, 1–1000. */
  Limit?: number | undefined;
  /** `ASC` or `DESC`. */
  Order?: string | undefined;
  /** `AddTime` or `ModTime`; `$LATEST` comes first in any order. */
  OrderBy?: string | undefined;
}

/** Reply of ListVersionByFunction. */
export interface ListVersionByFunctionResponse {
  /** The versions' names. */
  FunctionVersion: string[];
  /** The versions. */
  Versions: FunctionVersion[];
  /** How many there are without `Offset` and `Limit`. */
  TotalCount: number;
  /** Id of this call. */
  RequestId: string;
}

/** Fields of DeleteFunctionVersion. */
export interface DeleteFunctionVersionRequest {
  /** Name of the function: 2–60 letters, digits, `-` and `_`; begins with a letter, does not end in `-` or `_`. */
  FunctionName: string;
  /** Number of the version. */
  Qualifier: string;
  /** Namespace of the function. */
  Namespace?: string | undefined;
  /** `TRUE` ends its running calls; they always may finish here. */
  ForceDelete?: string | undefined;
}

/** Reply of DeleteFunctionVersion. */
export interface DeleteFunctionVersionResponse {
  /** Id of this call. */
  RequestId: string;
}

/** Fields of CreateAlias. */
export interface CreateAliasRequest {
  /** Name of the function: 2–60 letters, digits, `-` and `_`; begins with a letter, does not end in `-` or `_`. */
  FunctionName: string;
  /** Name of the alias: 1–64 letters, digits, `-` and `_`; begins with a letter; `$DEFAULT` is there from the start. */
  Name: string;
  /** Main version: a number, or `$LATEST`. */
  FunctionVersion: string;
  /** Namespace of the function. */
  Namespace?: string | undefined;
  /** The additional version. */
  RoutingConfig?: RoutingConfig | undefined;
  /** Description of the alias. */
  Description?: string | undefined;
}

/** Reply of CreateAlias. */
export interface CreateAliasResponse {
  /** Id of this call. */
  RequestId: string;
}

/** Fields of UpdateAlias. */
export interface UpdateAliasRequest {
  /** Name of the function: 2–60 letters, digits, `-` and `_`; begins with a letter, does not end in `-` or `_`. */
  FunctionName: string;
  /** Name of the alias: 1–64 letters, digits, `-` and `_`; begins with a letter; `$DEFAULT` is there from the start. */
  Name: string;
  /** Main version: a number, or `$LATEST`. */
  FunctionVersion: string;
  /** Namespace of the function. */
  Namespace?: string | undefined;
  /** The additional version; none when absent. */
  RoutingConfig?: RoutingConfig | undefined;
  /** Description of the alias; stays when absent. */
  Description?: string | undefined;
}

/** Reply of UpdateAlias. */
export interface UpdateAliasResponse {
  /** Id of this call. */
  RequestId: string;
}

/** Fields of GetAlias. */
export interface GetAliasRequest {
  /** Name of the function: 2–60 letters, digits, `-` and `_`; begins with a letter, does not end in `-` or `_`. */
  FunctionName: string;
  /** Name of the alias: 1–64 letters, digits, `-` and `_`; begins with a letter; `$DEFAULT` is there from the start. */
  Name: string;
  /** Namespace of the function. */
  Namespace?: string | undefined;
}

/** Reply of GetAlias. */
export interface GetAliasResponse {
  /** Name of the alias. */
  Name: string;
  /** Main version. */
  FunctionVersion: string;
  /** The additional version. */
  RoutingConfig: RoutingConfig;
  /** Description of the alias. */
  Description: string;
  /** When it was made, Asia/Shanghai. */
  AddTime: string;
  /** When it was changed last, Asia/Shanghai. */
  ModTime: string;
  /** Id of this call. */
  RequestId: string;
}

/** Fields of ListAliases. */
export interface ListAliasesRequest {
  /** Name of the function: 2–60 letters, digits, `-` and `_`; begins with a letter, does not end in `-` or `_`. */
  FunctionName: string;
  /** Namespace of the function. */
  Namespace?: string | undefined;
  /** Only aliases whose main version this is. */
  FunctionVersion?: string | undefined;
  /** How many entries to skip, as text. */
  Offset?: string | undefined;
  /** How many entries to return at most, as text. */
  Limit?: string | undefined;
}

/** Reply of ListAliases. */
export interface ListAliasesResponse {
  /** The aliases. */
  Aliases: Alias[];
  /** How many there are without `Offset` and `Limit`. */
  TotalCount: number;
  /** Id of this call. */
  RequestId: string;
}

/** Fields of DeleteAlias. */
export interface DeleteAliasRequest {
  /** Name of the function: 2–60 letters, digits, `-` and `_`; begins with a letter, does not end in `-` or `_`. */
  FunctionName: string;
  /** Name of the alias: 1–64 letters, digits, `-` and `_`; begins with a letter; `$DEFAULT` is there from the start. */
  Name: string;
  /** Namespace of the function. */
  Namespace?: string | undefined;
}

/** Reply of DeleteAlias. */
export interface DeleteAliasResponse {
  /** Id of this call. */
  RequestId: string;
}

/** Fields of CreateTrigger. */
export interface CreateTriggerRequest {
  /** Name of the function: 2–60 letters, digits, `-` and `_`; begins with a letter, does not end in `-` or `_`. */
  FunctionName: string;
  /** Name of the trigger: 1–100 letters, digits, `-` and `_`. */
  TriggerName: string;
  /** Type of the trigger: `http` (a function URL) or `apigw` (an API of the API gateway). */
  Type: string;
  /** Namespace of the function. */
  Namespace?: string | undefined;
  /** The version or alias that the trigger calls. */
  Qualifier?: string | undefined;
  /** JSON text, of `http`: `{"AuthType":"NONE"|"CAM","NetConfig":{"EnableIntranet":true,"EnableExtranet":true},"CorsConfig":{…}}`; of `apigw`: `{"api":{"authRequired":"FALSE","requestConfig":{"method":"ANY","path":"/a"},"isIntegratedResponse":"FALSE","isBase64Encoded":"FALSE"},"service":{"serviceId":"…","serviceName":"…"},"release":{"environmentName":"release"}}`. */
  TriggerDesc?: string | undefined;
  /** `OPEN` or `CLOSE`. */
  Enable?: string | undefined;
  /** What goes with the events of timers; kept. */
  CustomArgument?: string | undefined;
  /** Description of the trigger. */
  Description?: string | undefined;
}

/** Reply of CreateTrigger. */
export interface CreateTriggerResponse {
  /** The trigger. */
  TriggerInfo: Trigger;
  /** Id of this call. */
  RequestId: string;
}

/** Fields of UpdateTrigger. */
export interface UpdateTriggerRequest {
  /** Name of the function: 2–60 letters, digits, `-` and `_`; begins with a letter, does not end in `-` or `_`. */
  FunctionName: string;
  /** Name of the trigger: 1–100 letters, digits, `-` and `_`. */
  TriggerName: string;
  /** Type of the trigger: `http` (a function URL) or `apigw` (an API of the API gateway). */
  Type: string;
  /** Namespace of the function. */
  Namespace?: string | undefined;
  /** The version or alias that the trigger calls. */
  Qualifier?: string | undefined;
  /** As in CreateTrigger; parts of it that are absent stay as they are. */
  TriggerDesc?: string | undefined;
  /** `OPEN` or `CLOSE`; stays when absent. */
  Enable?: string | undefined;
  /** Description of the trigger; stays when absent. */
  Description?: string | undefined;
  /** What goes with the events of timers; kept. */
  CustomArgument?: string | undefined;
}

/** Reply of UpdateTrigger. */
export interface UpdateTriggerResponse {
  /** Id of this call. */
  RequestId: string;
}

/** Fields of DeleteTrigger. */
export interface DeleteTriggerRequest {
  /** Name of the function: 2–60 letters, digits, `-` and `_`; begins with a letter, does not end in `-` or `_`. */
  FunctionName: string;
  /** Name of the trigger: 1–100 letters, digits, `-` and `_`. */
  TriggerName: string;
  /** Type of the trigger: `http` (a function URL) or `apigw` (an API of the API gateway). */
  Type: string;
  /** Namespace of the function. */
  Namespace?: string | undefined;
  /** The version or alias that the trigger calls. */
  Qualifier?: string | undefined;
  /** Not needed. */
  TriggerDesc?: string | undefined;
}

/** Reply of DeleteTrigger. */
export interface DeleteTriggerResponse {
  /** Id of this call. */
  RequestId: string;
}

/** Fields of ListTriggers. */
export interface ListTriggersRequest {
  /** Name of the function: 2–60 letters, digits, `-` and `_`; begins with a letter, does not end in `-` or `_`. */
  FunctionName: string;
  /** Namespace of the function. */
  Namespace?: string | undefined;
  /** How many entries to skip. */
  Offset?: number | undefined;
  /** How many entries to return at most, 1–1000. */
  Limit?: number | undefined;
  /** `add_time` or `mod_time`. */
  OrderBy?: string | undefined;
  /** `ASC` or `DESC`. */
  Order?: string | undefined;
  /** Conditions that all have to hold. */
  Filters?: TriggerFilter[] | undefined;
}

/** Reply of ListTriggers. */
export interface ListTriggersResponse {
  /** How many there are without `Offset` and `Limit`. */
  TotalCount: number;
  /** The triggers. */
  Triggers: TriggerInfo[];
  /** Id of this call. */
  RequestId: string;
}

/** Fields of PublishLayerVersion. */
export interface PublishLayerVersionRequest {
  /** Name of the layer: 1–64 letters, digits, `-` and `_`; begins with a letter, does not end in `-` or `_`. */
  LayerName: string;
  /** Runtimes of functions that can have the layer, e.g. `Nodejs26`, `Python3.10`. */
  CompatibleRuntimes: string[];
  /** The content: exactly one source; it is seen at `/opt`. */
  Content: Code;
  /** Description of the version, at most 1000 characters. */
  Description?: string | undefined;
  /** License of the content. */
  LicenseInfo?: string | undefined;
  /** Tags. */
  Tags?: Tag[] | undefined;
}

/** Reply of PublishLayerVersion. */
export interface PublishLayerVersionResponse {
  /** Number of the version. */
  LayerVersion: number;
  /** Id of this call. */
  RequestId: string;
}

/** Fields of GetLayerVersion. */
export interface GetLayerVersionRequest {
  /** Name of the layer: 1–64 letters, digits, `-` and `_`; begins with a letter, does not end in `-` or `_`. */
  LayerName: string;
  /** Version of the layer. */
  LayerVersion: number;
}

/** Reply of GetLayerVersion. */
export interface GetLayerVersionResponse {
  /** Name of the layer. */
  LayerName: string;
  /** Version of the layer. */
  LayerVersion: number;
  /** `Active`. */
  Status: string;
  /** Runtimes of functions that can have it. */
  CompatibleRuntimes: string[];
  /** SHA-256 of the content, 64 hex digits. */
  CodeSha256: string;
  /** The link; it needs no signature of its own. */
  Location: string;
  /** When it was published, Asia/Shanghai. */
  AddTime: string;
  /** Description. */
  Description: string;
  /** License. */
  LicenseInfo: string;
  /** Id of this call. */
  RequestId: string;
}

/** Fields of ListLayers. */
export interface ListLayersRequest {
  /** Only layers, and versions of them, for this runtime. */
  CompatibleRuntime?: string | undefined;
  /** How many entries to skip. */
  Offset?: number | undefined;
  /** How many entries to return at most, 1–100. */
  Limit?: number | undefined;
  /** Part of the name. */
  SearchKey?: string | undefined;
}

/** Reply of ListLayers. */
export interface ListLayersResponse {
  /** The layers. */
  Layers: LayerVersionInfo[];
  /** How many there are without `Offset` and `Limit`. */
  TotalCount: number;
  /** Id of this call. */
  RequestId: string;
}

/** Fields of ListLayerVersions. */
export interface ListLayerVersionsRequest {
  /** Name of the layer: 1–64 letters, digits, `-` and `_`; begins with a letter, does not end in `-` or `_`. */
  LayerName: string;
  /** Only versions for one of these runtimes. */
  CompatibleRuntime?: string[] | undefined;
}

/** Reply of ListLayerVersions. */
export interface ListLayerVersionsResponse {
  /** The versions. */
  LayerVersions: LayerVersionInfo[];
  /** Id of this call. */
  RequestId: string;
}

/** Fields of DeleteLayerVersion. */
export interface DeleteLayerVersionRequest {
  /** Name of the layer: 1–64 letters, digits, `-` and `_`; begins with a letter, does not end in `-` or `_`. */
  LayerName: string;
  /** Version of the layer. */
  LayerVersion: number;
}

/** Reply of DeleteLayerVersion. */
export interface DeleteLayerVersionResponse {
  /** Id of this call. */
  RequestId: string;
}

/** Fields of CreateNamespace. */
export interface CreateNamespaceRequest {
  /** Name of the namespace: 1–30 letters, digits, `-` and `_`; begins with a letter. */
  Namespace: string;
  /** Description of the namespace. */
  Description?: string | undefined;
  /** Where its functions run: not available yet, they run here. */
  ResourceEnv?: NamespaceResourceEnv | undefined;
}

/** Reply of CreateNamespace. */
export interface CreateNamespaceResponse {
  /** Id of this call. */
  RequestId: string;
}

/** Fields of UpdateNamespace. */
export interface UpdateNamespaceRequest {
  /** Name of the namespace: 1–30 letters, digits, `-` and `_`; begins with a letter. */
  Namespace: string;
  /** New description. */
  Description: string;
}

/** Reply of UpdateNamespace. */
export interface UpdateNamespaceResponse {
  /** Id of this call. */
  RequestId: string;
}

/** Fields of ListNamespaces. */
export interface ListNamespacesRequest {
  /** How many entries to return at most, 1–1000. */
  Limit?: number | undefined;
  /** How many entries to skip. */
  Offset?: number | undefined;
  /** `Name` or `Updatetime`. */
  Orderby?: string | undefined;
  /** `ASC` or `DESC`. */
  Order?: string | undefined;
  /** Conditions that all have to hold. */
  SearchKey?: SearchKey[] | undefined;
}

/** Reply of ListNamespaces. */
export interface ListNamespacesResponse {
  /** The namespaces. */
  Namespaces: Namespace[];
  /** How many there are without `Offset` and `Limit`. */
  TotalCount: number;
  /** Id of this call. */
  RequestId: string;
}

/** Fields of DeleteNamespace. */
export interface DeleteNamespaceRequest {
  /** Name of the namespace: 1–30 letters, digits, `-` and `_`; begins with a letter. */
  Namespace: string;
}

/** Reply of DeleteNamespace. */
export interface DeleteNamespaceResponse {
  /** Id of this call. */
  RequestId: string;
}

/** Fields of GetAccount. */
export interface GetAccountRequest {}

/** Reply of GetAccount. */
export interface GetAccountResponse {
  /** What is used. */
  AccountUsage: UsageInfo;
  /** What may be used. */
  AccountLimit: LimitsInfo;
  /** Id of this call. */
  RequestId: string;
}

/** Fields of CreateCustomDomain. */
export interface CreateCustomDomainRequest {
  /** The domain, such as `www.example.com`; without a wildcard. */
  Domain: string;
  /** `HTTP`, `HTTPS` or `HTTP&HTTPS`. */
  Protocol: string;
  /** Where its paths lead. */
  EndpointsConfig: EndpointsConf[];
  /** Its certificate; required with HTTPS. */
  CertConfig?: CertConf | undefined;
  /** A firewall for web applications: not available. */
  WafConfig?: WafConf | undefined;
  /** Tags. */
  Tags?: Tag[] | undefined;
}

/** Reply of CreateCustomDomain. */
export interface CreateCustomDomainResponse {
  /** Id of this call. */
  RequestId: string;
}

/** Fields of UpdateCustomDomain. */
export interface UpdateCustomDomainRequest {
  /** The domain, such as `www.example.com`; without a wildcard. */
  Domain: string;
  /** `HTTP`, `HTTPS` or `HTTP&HTTPS`. */
  Protocol?: string | undefined;
  /** Its certificate; required with HTTPS. */
  CertConfig?: CertConf | undefined;
  /** A firewall for web applications: not available. */
  WafConfig?: WafConf | undefined;
  /** Where its paths lead from now on. */
  EndpointsConfig?: EndpointsConf[] | undefined;
}

/** Reply of UpdateCustomDomain. */
export interface UpdateCustomDomainResponse {
  /** Id of this call. */
  RequestId: string;
}

/** Fields of GetCustomDomain. */
export interface GetCustomDomainRequest {
  /** The domain, such as `www.example.com`; without a wildcard. */
  Domain: string;
}

/** Reply of GetCustomDomain. */
export interface GetCustomDomainResponse {
  /** The domain. */
  Domain: string;
  /** `HTTP`, `HTTPS` or `HTTP&HTTPS`. */
  Protocol: string;
  /** Where its paths lead. */
  EndpointsConfig: EndpointsConf[];
  /** Its certificate. */
  CertConfig: CertConf;
  /** As given. */
  WafConfig: WafConf;
  /** Tags. */
  Tags: Tag[];
  /** Id of this call. */
  RequestId: string;
}

/** Fields of ListCustomDomains. */
export interface ListCustomDomainsRequest {
  /** How many entries to skip. */
  Offset?: number | undefined;
  /** How many entries to return at most, 1–100. */
  Limit?: number | undefined;
  /** `AddTime` or `ModTime`. */
  OrderBy?: string | undefined;
  /** `ASC` or `DESC`. */
  Order?: string | undefined;
  /** Conditions that all have to hold, at most 10; names: Domain. */
  Filters?: Filter[] | undefined;
}

/** Reply of ListCustomDomains. */
export interface ListCustomDomainsResponse {
  /** How many there are without `Offset` and `Limit`. */
  Total: number;
  /** The domains. */
  Domains: DomainInfo[];
  /** Id of this call. */
  RequestId: string;
}

/** Fields of DeleteCustomDomain. */
export interface DeleteCustomDomainRequest {
  /** The domain, such as `www.example.com`; without a wildcard. */
  Domain: string;
}

/** Reply of DeleteCustomDomain. */
export interface DeleteCustomDomainResponse {
  /** Id of this call. */
  RequestId: string;
}

/** Request and reply of every action by its name; those that a server does not have yet answer UnsupportedOperation. */
export interface ActionMap {
  CreateFunction: { request: CreateFunctionRequest; response: CreateFunctionResponse };
  UpdateFunctionCode: { request: UpdateFunctionCodeRequest; response: UpdateFunctionCodeResponse };
  UpdateFunctionConfiguration: {
    request: UpdateFunctionConfigurationRequest;
    response: UpdateFunctionConfigurationResponse;
  };
  GetFunction: { request: GetFunctionRequest; response: GetFunctionResponse };
  ListFunctions: { request: ListFunctionsRequest; response: ListFunctionsResponse };
  DeleteFunction: { request: DeleteFunctionRequest; response: DeleteFunctionResponse };
  CopyFunction: { request: CopyFunctionRequest; response: CopyFunctionResponse };
  GetFunctionAddress: { request: GetFunctionAddressRequest; response: GetFunctionAddressResponse };
  Invoke: { request: InvokeRequest; response: InvokeResponse };
  InvokeFunction: { request: InvokeFunctionRequest; response: InvokeFunctionResponse };
  GetFunctionLogs: { request: GetFunctionLogsRequest; response: GetFunctionLogsResponse };
  GetRequestStatus: { request: GetRequestStatusRequest; response: GetRequestStatusResponse };
  PublishVersion: { request: PublishVersionRequest; response: PublishVersionResponse };
  ListVersionByFunction: { request: ListVersionByFunctionRequest; response: ListVersionByFunctionResponse };
  DeleteFunctionVersion: { request: DeleteFunctionVersionRequest; response: DeleteFunctionVersionResponse };
  CreateAlias: { request: CreateAliasRequest; response: CreateAliasResponse };
  UpdateAlias: { request: UpdateAliasRequest; response: UpdateAliasResponse };
  GetAlias: { request: GetAliasRequest; response: GetAliasResponse };
  ListAliases: { request: ListAliasesRequest; response: ListAliasesResponse };
  DeleteAlias: { request: DeleteAliasRequest; response: DeleteAliasResponse };
  CreateTrigger: { request: CreateTriggerRequest; response: CreateTriggerResponse };
  UpdateTrigger: { request: UpdateTriggerRequest; response: UpdateTriggerResponse };
  DeleteTrigger: { request: DeleteTriggerRequest; response: DeleteTriggerResponse };
  ListTriggers: { request: ListTriggersRequest; response: ListTriggersResponse };
  PublishLayerVersion: { request: PublishLayerVersionRequest; response: PublishLayerVersionResponse };
  GetLayerVersion: { request: GetLayerVersionRequest; response: GetLayerVersionResponse };
  ListLayers: { request: ListLayersRequest; response: ListLayersResponse };
  ListLayerVersions: { request: ListLayerVersionsRequest; response: ListLayerVersionsResponse };
  DeleteLayerVersion: { request: DeleteLayerVersionRequest; response: DeleteLayerVersionResponse };
  CreateNamespace: { request: CreateNamespaceRequest; response: CreateNamespaceResponse };
  UpdateNamespace: { request: UpdateNamespaceRequest; response: UpdateNamespaceResponse };
  ListNamespaces: { request: ListNamespacesRequest; response: ListNamespacesResponse };
  DeleteNamespace: { request: DeleteNamespaceRequest; response: DeleteNamespaceResponse };
  GetAccount: { request: GetAccountRequest; response: GetAccountResponse };
  CreateCustomDomain: { request: CreateCustomDomainRequest; response: CreateCustomDomainResponse };
  UpdateCustomDomain: { request: UpdateCustomDomainRequest; response: UpdateCustomDomainResponse };
  GetCustomDomain: { request: GetCustomDomainRequest; response: GetCustomDomainResponse };
  ListCustomDomains: { request: ListCustomDomainsRequest; response: ListCustomDomainsResponse };
  DeleteCustomDomain: { request: DeleteCustomDomainRequest; response: DeleteCustomDomainResponse };
  UpdateTriggerStatus: { request: Readonly<Record<string, unknown>>; response: { RequestId: string } };
  PutProvisionedConcurrencyConfig: { request: Readonly<Record<string, unknown>>; response: { RequestId: string } };
  GetProvisionedConcurrencyConfig: { request: Readonly<Record<string, unknown>>; response: { RequestId: string } };
  DeleteProvisionedConcurrencyConfig: { request: Readonly<Record<string, unknown>>; response: { RequestId: string } };
  PutReservedConcurrencyConfig: { request: Readonly<Record<string, unknown>>; response: { RequestId: string } };
  GetReservedConcurrencyConfig: { request: Readonly<Record<string, unknown>>; response: { RequestId: string } };
  DeleteReservedConcurrencyConfig: { request: Readonly<Record<string, unknown>>; response: { RequestId: string } };
  PutTotalConcurrencyConfig: { request: Readonly<Record<string, unknown>>; response: { RequestId: string } };
  UpdateFunctionEventInvokeConfig: { request: Readonly<Record<string, unknown>>; response: { RequestId: string } };
  GetFunctionEventInvokeConfig: { request: Readonly<Record<string, unknown>>; response: { RequestId: string } };
  ListAsyncEvents: { request: Readonly<Record<string, unknown>>; response: { RequestId: string } };
  GetAsyncEventStatus: { request: Readonly<Record<string, unknown>>; response: { RequestId: string } };
  TerminateAsyncEvent: { request: Readonly<Record<string, unknown>>; response: { RequestId: string } };
}

export type ActionName = keyof ActionMap;

/** A field of a request, for help texts. */
export interface FieldInfo {
  readonly name: string;
  /** `string`, `integer`, `number`, `boolean` or a structure's name; `[]` behind it for lists. */
  readonly type: string;
  readonly required: boolean;
  readonly description: string;
}

/** What the CLI tells of an action. */
export interface ActionInfo {
  readonly summary: string;
  readonly fields: readonly FieldInfo[];
  /** Codes of its own, beside `generalErrors`. */
  readonly errors: readonly string[];
  readonly supported: boolean;
}

/** Every action of the API. */
export const actions: Readonly<Record<ActionName, ActionInfo>> = {
  CreateFunction: {
    summary: "Creates a function. It is `Creating` first: poll GetFunction until its `Status` is `Active`.",
    fields: [
      {
        name: "FunctionName",
        type: "string",
        required: true,
        description:
          "Name of the function: 2–60 letters, digits, `-` and `_`; begins with a letter, does not end in `-` or `_`",
      },
      { name: "Code", type: "Code", required: true, description: "The code: exactly one source" },
      {
        name: "Handler",
        type: "string",
        required: false,
        description:
          "`file.method`, e.g. `index.main_handler`; `package.Class::method` for Java; the file to run for a 2019 service; the program for Go1; not needed with `bootstrap` or `scf_bootstrap`",
      },
      {
        name: "Runtime",
        type: "string",
        required: false,
        description:
          "`Nodejs<version>`, `Nodejs<version>-service`, `Python3.<version>`, `Php<version>`, `Java8`, `Java11`, `Java17`, `Java21`, `Go1`, `CustomRuntime`; the default is Tencent's and not available here",
      },
      { name: "Namespace", type: "string", required: false, description: "Namespace of the function" },
      {
        name: "Type",
        type: "string",
        required: false,
        description:
          "`Event`: called with an event; `HTTP`: called with requests; `Service`: a server that listens on a port",
      },
      {
        name: "CodeSource",
        type: "string",
        required: false,
        description: "Where the code is; follows from the code when absent",
      },
      { name: "Description", type: "string", required: false, description: "Free text of at most 1000 characters" },
      {
        name: "MemorySize",
        type: "integer",
        required: false,
        description: "Memory in MB: 64, or 128–3072 in steps of 128; 128 at creation",
      },
      {
        name: "Timeout",
        type: "integer",
        required: false,
        description: "Seconds that one call may take, 1–900; 3 at creation. Services have no limit",
      },
      {
        name: "InitTimeout",
        type: "integer",
        required: false,
        description: "Seconds that loading the code may take, 3–300; 65 at creation",
      },
      {
        name: "Environment",
        type: "Environment",
        required: false,
        description: "Environment variables; replaces all earlier ones",
      },
      {
        name: "Role",
        type: "string",
        required: false,
        description:
          "Role of the function: with one, of any name, it gets temporary credentials that may call functions and read",
      },
      {
        name: "InstanceConcurrencyConfig",
        type: "InstanceConcurrencyConfig",
        required: false,
        description:
          "Calls at a time in one instance of an HTTP function; 100 when absent. A service takes calls as they come",
      },
      { name: "ProtocolParams", type: "ProtocolParams", required: false, description: "Parameters of `ProtocolType`" },
      {
        name: "InstallDependency",
        type: "string",
        required: false,
        description:
          "`TRUE`: at every deployment the platform installs what package.json (`npm ci` with a lock file, else `npm install`; without dev dependencies) or requirements.txt (pip) asks for",
      },
      {
        name: "Layers",
        type: "LayerVersionSimple[]",
        required: false,
        description:
          "Layers, at most 5, laid over each other in this order; replaces all earlier ones; an empty list, or one layer with an empty name, removes all",
      },
      {
        name: "CfsConfig",
        type: "CfsConfig",
        required: false,
        description: "File systems: not available yet; only an empty list is taken",
      },
      {
        name: "VpcConfig",
        type: "VpcConfig",
        required: false,
        description: "Private network. Which ones functions reach is decided where the server runs",
      },
      {
        name: "ClsLogsetId",
        type: "string",
        required: false,
        description: "Logset of the log service. Logs stay here: GetFunctionLogs",
      },
      {
        name: "ClsTopicId",
        type: "string",
        required: false,
        description: "Topic of the log service. Logs stay here: GetFunctionLogs",
      },
      {
        name: "DeadLetterConfig",
        type: "DeadLetterConfig",
        required: false,
        description: "Where events go that failed for good: not available yet; only empty names are taken",
      },
      {
        name: "PublicNetConfig",
        type: "PublicNetConfigIn",
        required: false,
        description:
          "Way to the internet. Connections leave from the server's address; `DISABLE` cuts the function off, which needs containers",
      },
      {
        name: "TraceEnable",
        type: "string",
        required: false,
        description: "Event tracing, `TRUE` or `FALSE`. GetRequestStatus tells of every event",
      },
      {
        name: "AsyncRunEnable",
        type: "string",
        required: false,
        description: "`TRUE` (long asynchronous runs) is not available yet",
      },
      {
        name: "DnsCache",
        type: "string",
        required: false,
        description: "Cache for DNS, `TRUE` or `FALSE`. The server's resolver decides",
      },
      {
        name: "IntranetConfig",
        type: "IntranetConfigIn",
        required: false,
        description: "Fixed private address. Connections leave from the server's address",
      },
      {
        name: "ProtocolType",
        type: "string",
        required: false,
        description: "`WS`: the HTTP function takes WebSockets; a service always does",
      },
      { name: "Tags", type: "Tag[]", required: false, description: "Tags; ListFunctions can filter by them" },
      {
        name: "AutoDeployClsTopicIndex",
        type: "string",
        required: false,
        description: "`TRUE` makes an index of the log topic",
      },
      { name: "AutoCreateClsTopic", type: "string", required: false, description: "`TRUE` makes a log topic" },
    ],
    errors: [
      "InvalidParameterValue.FunctionName",
      "InvalidParameterValue.Namespace",
      "InvalidParameterValue.Handler",
      "InvalidParameterValue.Runtime",
      "InvalidParameterValue.FunctionType",
      "InvalidParameterValue.Code",
      "InvalidParameterValue.CodeSource",
      "InvalidParameterValue.ZipFile",
      "InvalidParameterValue.ZipFileBase64BinasciiError",
      "InvalidParameterValue.Description",
      "InvalidParameterValue.MemorySize",
      "LimitExceeded.Timeout",
      "LimitExceeded.InitTimeout",
      "InvalidParameterValue.Environment",
      "InvalidParameterValue.EnvironmentSystemProtect",
      "InvalidParameterValue.EnvironmentExceededLimit",
      "InvalidParameterValue.InstanceConcurrencyConfig",
      "InvalidParameterValue.DynamicEnabled",
      "InvalidParameterValue.MaxConcurrency",
      "InvalidParameterValue.WebSocketsParams",
      "InvalidParameterValue.IdleTimeOut",
      "InvalidParameterValue.PublicNetConfig",
      "InvalidParameterValue.TraceEnable",
      "InvalidParameterValue.Vpc",
      "LimitExceeded.Layers",
      "InvalidParameterValue.LayerName",
      "InvalidParameterValue.Layers",
      "ResourceNotFound.Layer",
      "ResourceNotFound.LayerVersion",
      "LimitExceeded.Function",
      "ResourceInUse.FunctionName",
      "ResourceNotFound.Namespace",
      "UnsupportedOperation",
    ],
    supported: true,
  },
  UpdateFunctionCode: {
    summary: "Replaces the code of `$LATEST`. The old code answers until the new one is ready; poll GetFunction.",
    fields: [
      {
        name: "FunctionName",
        type: "string",
        required: true,
        description:
          "Name of the function: 2–60 letters, digits, `-` and `_`; begins with a letter, does not end in `-` or `_`",
      },
      { name: "Namespace", type: "string", required: false, description: "Namespace of the function" },
      {
        name: "Handler",
        type: "string",
        required: false,
        description:
          "`file.method`, e.g. `index.main_handler`; `package.Class::method` for Java; the file to run for a 2019 service; the program for Go1; not needed with `bootstrap` or `scf_bootstrap`",
      },
      { name: "Code", type: "Code", required: false, description: "The code: exactly one source" },
      {
        name: "ZipFile",
        type: "string",
        required: false,
        description: "The package as in 2018: a zip, base64-encoded; at most 50 MB before encoding, 500 MB unpacked",
      },
      {
        name: "CosBucketName",
        type: "string",
        required: false,
        description: "Not available yet: bucket of the package",
      },
      {
        name: "CosObjectName",
        type: "string",
        required: false,
        description: "Not available yet: object of the package",
      },
      {
        name: "CosBucketRegion",
        type: "string",
        required: false,
        description: "Not available yet: region of the bucket",
      },
      {
        name: "CodeSource",
        type: "string",
        required: false,
        description: "Where the code is; follows from the code when absent",
      },
      {
        name: "InstallDependency",
        type: "string",
        required: false,
        description:
          "`TRUE`: at every deployment the platform installs what package.json (`npm ci` with a lock file, else `npm install`; without dev dependencies) or requirements.txt (pip) asks for",
      },
      {
        name: "Publish",
        type: "string",
        required: false,
        description: "`TRUE` publishes the new code as a version too",
      },
      { name: "EnvId", type: "string", required: false, description: "Environment of CloudBase; not acted on" },
    ],
    errors: [
      "InvalidParameterValue.FunctionName",
      "InvalidParameterValue.Namespace",
      "ResourceNotFound.FunctionName",
      "ResourceNotFound.Namespace",
      "InvalidParameterValue.Handler",
      "InvalidParameterValue.Code",
      "InvalidParameterValue.CodeSource",
      "InvalidParameterValue.ZipFile",
      "InvalidParameterValue.ZipFileBase64BinasciiError",
      "InvalidParameterValue.InstanceConcurrencyConfig",
      "InvalidParameterValue.Layers",
      "InvalidParameterValue.WebSocketsParams",
      "FailedOperation.FunctionStatusError",
      "FailedOperation.OperationConflict",
      "UnsupportedOperation",
    ],
    supported: true,
  },
  UpdateFunctionConfiguration: {
    summary:
      "Changes the configuration of `$LATEST`; absent fields stay. The old one answers until the new one is ready.",
    fields: [
      {
        name: "FunctionName",
        type: "string",
        required: true,
        description:
          "Name of the function: 2–60 letters, digits, `-` and `_`; begins with a letter, does not end in `-` or `_`",
      },
      { name: "Namespace", type: "string", required: false, description: "Namespace of the function" },
      { name: "Runtime", type: "string", required: false, description: "The function's runtime; it cannot be changed" },
      { name: "Description", type: "string", required: false, description: "Free text of at most 1000 characters" },
      {
        name: "MemorySize",
        type: "integer",
        required: false,
        description: "Memory in MB: 64, or 128–3072 in steps of 128; 128 at creation",
      },
      {
        name: "Timeout",
        type: "integer",
        required: false,
        description: "Seconds that one call may take, 1–900; 3 at creation. Services have no limit",
      },
      {
        name: "InitTimeout",
        type: "integer",
        required: false,
        description: "Seconds that loading the code may take, 3–300; 65 at creation",
      },
      {
        name: "Environment",
        type: "Environment",
        required: false,
        description: "Environment variables; replaces all earlier ones",
      },
      {
        name: "Role",
        type: "string",
        required: false,
        description:
          "Role of the function: with one, of any name, it gets temporary credentials that may call functions and read",
      },
      {
        name: "InstanceConcurrencyConfig",
        type: "InstanceConcurrencyConfig",
        required: false,
        description:
          "Calls at a time in one instance of an HTTP function; 100 when absent. A service takes calls as they come",
      },
      { name: "ProtocolParams", type: "ProtocolParams", required: false, description: "Parameters of `ProtocolType`" },
      {
        name: "InstallDependency",
        type: "string",
        required: false,
        description:
          "`TRUE`: at every deployment the platform installs what package.json (`npm ci` with a lock file, else `npm install`; without dev dependencies) or requirements.txt (pip) asks for",
      },
      {
        name: "Layers",
        type: "LayerVersionSimple[]",
        required: false,
        description:
          "Layers, at most 5, laid over each other in this order; replaces all earlier ones; an empty list, or one layer with an empty name, removes all",
      },
      {
        name: "CfsConfig",
        type: "CfsConfig",
        required: false,
        description: "File systems: not available yet; only an empty list is taken",
      },
      {
        name: "VpcConfig",
        type: "VpcConfig",
        required: false,
        description: "Private network. Which ones functions reach is decided where the server runs",
      },
      {
        name: "ClsLogsetId",
        type: "string",
        required: false,
        description: "Logset of the log service. Logs stay here: GetFunctionLogs",
      },
      {
        name: "ClsTopicId",
        type: "string",
        required: false,
        description: "Topic of the log service. Logs stay here: GetFunctionLogs",
      },
      {
        name: "DeadLetterConfig",
        type: "DeadLetterConfig",
        required: false,
        description: "Where events go that failed for good: not available yet; only empty names are taken",
      },
      {
        name: "PublicNetConfig",
        type: "PublicNetConfigIn",
        required: false,
        description:
          "Way to the internet. Connections leave from the server's address; `DISABLE` cuts the function off, which needs containers",
      },
      {
        name: "TraceEnable",
        type: "string",
        required: false,
        description: "Event tracing, `TRUE` or `FALSE`. GetRequestStatus tells of every event",
      },
      {
        name: "AsyncRunEnable",
        type: "string",
        required: false,
        description: "`TRUE` (long asynchronous runs) is not available yet",
      },
      {
        name: "DnsCache",
        type: "string",
        required: false,
        description: "Cache for DNS, `TRUE` or `FALSE`. The server's resolver decides",
      },
      {
        name: "IntranetConfig",
        type: "IntranetConfigIn",
        required: false,
        description: "Fixed private address. Connections leave from the server's address",
      },
      {
        name: "Publish",
        type: "string",
        required: false,
        description: "`TRUE` publishes the new configuration as a version too",
      },
      { name: "L5Enable", type: "string", required: false, description: "`TRUE` (access to L5) is not available" },
      {
        name: "IgnoreSysLog",
        type: "boolean",
        required: false,
        description: "Leaves out the platform's lines in the log service; not acted on, logs stay here",
      },
    ],
    errors: [
      "InvalidParameterValue.FunctionName",
      "InvalidParameterValue.Namespace",
      "ResourceNotFound.FunctionName",
      "ResourceNotFound.Namespace",
      "InvalidParameterValue.Runtime",
      "InvalidParameterValue.Description",
      "InvalidParameterValue.MemorySize",
      "LimitExceeded.Timeout",
      "LimitExceeded.InitTimeout",
      "InvalidParameterValue.Environment",
      "InvalidParameterValue.EnvironmentSystemProtect",
      "InvalidParameterValue.EnvironmentExceededLimit",
      "InvalidParameterValue.InstanceConcurrencyConfig",
      "InvalidParameterValue.DynamicEnabled",
      "InvalidParameterValue.MaxConcurrency",
      "InvalidParameterValue.WebSocketsParams",
      "InvalidParameterValue.IdleTimeOut",
      "InvalidParameterValue.PublicNetConfig",
      "InvalidParameterValue.TraceEnable",
      "InvalidParameterValue.Vpc",
      "LimitExceeded.Layers",
      "InvalidParameterValue.LayerName",
      "InvalidParameterValue.Layers",
      "ResourceNotFound.Layer",
      "ResourceNotFound.LayerVersion",
      "FailedOperation.FunctionStatusError",
      "FailedOperation.OperationConflict",
      "UnsupportedOperation",
    ],
    supported: true,
  },
  GetFunction: {
    summary: "Tells everything about one version of a function, its `Status` included.",
    fields: [
      {
        name: "FunctionName",
        type: "string",
        required: true,
        description:
          "Name of the function: 2–60 letters, digits, `-` and `_`; begins with a letter, does not end in `-` or `_`",
      },
      { name: "Qualifier", type: "string", required: false, description: "Version or alias" },
      { name: "Namespace", type: "string", required: false, description: "Namespace of the function" },
      {
        name: "ShowCode",
        type: "string",
        required: false,
        description: "`TRUE`: `CodeInfo` has the text of the handler's file, when it is at most 1 MB",
      },
    ],
    errors: [
      "InvalidParameterValue.FunctionName",
      "InvalidParameterValue.Namespace",
      "ResourceNotFound.FunctionName",
      "ResourceNotFound.Namespace",
      "InvalidParameterValue.Qualifier",
      "ResourceNotFound.Qualifier",
    ],
    supported: true,
  },
  ListFunctions: {
    summary: "Lists the functions of a namespace.",
    fields: [
      { name: "Namespace", type: "string", required: false, description: "Namespace of the function" },
      { name: "SearchKey", type: "string", required: false, description: "Part of the name" },
      { name: "Description", type: "string", required: false, description: "Part of the description" },
      {
        name: "Filters",
        type: "Filter[]",
        required: false,
        description:
          "Conditions that all have to hold, at most 10; names: VpcId, SubnetId, ClsTopicId, ClsLogsetId, Role, CfsId, CfsMountInsId, Eip, Status, Runtime, Type, or tag-<key>",
      },
      { name: "Orderby", type: "string", required: false, description: "`AddTime`, `ModTime` or `FunctionName`" },
      { name: "Order", type: "string", required: false, description: "`ASC` or `DESC`" },
      { name: "Offset", type: "integer", required: false, description: "How many entries to skip" },
      { name: "Limit", type: "integer", required: false, description: "How many entries to return at most, 1–1000" },
    ],
    errors: [
      "InvalidParameterValue.Namespace",
      "InvalidParameterValue.SearchKey",
      "InvalidParameterValue.Description",
      "InvalidParameterValue.Filters",
      "InvalidParameterValue.OrderBy",
      "InvalidParameterValue.Order",
      "InvalidParameterValue.Offset",
      "InvalidParameterValue.Limit",
      "ResourceNotFound.Namespace",
    ],
    supported: true,
  },
  DeleteFunction: {
    summary: "Deletes a function with its versions, aliases and triggers, or one version. Records of its calls stay.",
    fields: [
      {
        name: "FunctionName",
        type: "string",
        required: true,
        description:
          "Name of the function: 2–60 letters, digits, `-` and `_`; begins with a letter, does not end in `-` or `_`",
      },
      { name: "Namespace", type: "string", required: false, description: "Namespace of the function" },
      { name: "Qualifier", type: "string", required: false, description: "Deletes this version alone" },
    ],
    errors: [
      "InvalidParameterValue.FunctionName",
      "InvalidParameterValue.Namespace",
      "ResourceNotFound.FunctionName",
      "ResourceNotFound.Namespace",
      "InvalidParameterValue.Qualifier",
      "ResourceNotFound.FunctionVersion",
      "UnsupportedOperation.AliasBind",
    ],
    supported: true,
  },
  CopyFunction: {
    summary: "Makes a function with the code of another, and its configuration if wanted.",
    fields: [
      {
        name: "FunctionName",
        type: "string",
        required: true,
        description:
          "Name of the function: 2–60 letters, digits, `-` and `_`; begins with a letter, does not end in `-` or `_`",
      },
      { name: "NewFunctionName", type: "string", required: true, description: "Name of the new function" },
      { name: "Namespace", type: "string", required: false, description: "Namespace of the function" },
      { name: "TargetNamespace", type: "string", required: false, description: "Namespace of the new function" },
      {
        name: "Description",
        type: "string",
        required: false,
        description: "Description of the new function; that of the old one when absent",
      },
      { name: "TargetRegion", type: "string", required: false, description: "Only the region of this server" },
      {
        name: "Override",
        type: "boolean",
        required: false,
        description: "Whether a function that has the new name already is overwritten",
      },
      {
        name: "CopyConfiguration",
        type: "boolean",
        required: false,
        description: "Whether environment, memory, time limits, layers, description, tags and the like are copied too",
      },
    ],
    errors: [
      "InvalidParameterValue.FunctionName",
      "InvalidParameterValue.Namespace",
      "ResourceNotFound.FunctionName",
      "ResourceNotFound.Namespace",
      "InvalidParameterValue.Description",
      "InvalidParameterValue.Param",
      "LimitExceeded.Function",
      "ResourceInUse.FunctionName",
      "FailedOperation.CopyFunction",
      "FailedOperation.FunctionStatusError",
      "FailedOperation.OperationConflict",
      "UnsupportedOperation.CopyFunction",
    ],
    supported: true,
  },
  GetFunctionAddress: {
    summary: "Gives a link under which the code package of a version can be downloaded for 10 minutes.",
    fields: [
      {
        name: "FunctionName",
        type: "string",
        required: true,
        description:
          "Name of the function: 2–60 letters, digits, `-` and `_`; begins with a letter, does not end in `-` or `_`",
      },
      { name: "Qualifier", type: "string", required: false, description: "Version or alias" },
      { name: "Namespace", type: "string", required: false, description: "Namespace of the function" },
    ],
    errors: [
      "InvalidParameterValue.FunctionName",
      "InvalidParameterValue.Namespace",
      "ResourceNotFound.FunctionName",
      "ResourceNotFound.Namespace",
      "InvalidParameterValue.Qualifier",
      "ResourceNotFound.Qualifier",
    ],
    supported: true,
  },
  Invoke: {
    summary: "Calls an event function, and waits for its end or leaves the event to the platform.",
    fields: [
      {
        name: "FunctionName",
        type: "string",
        required: true,
        description:
          "Name of the function: 2–60 letters, digits, `-` and `_`; begins with a letter, does not end in `-` or `_`",
      },
      {
        name: "InvocationType",
        type: "string",
        required: false,
        description: "`RequestResponse`: waits; `Event`: replies as soon as the event is durable",
      },
      { name: "Qualifier", type: "string", required: false, description: "Version or alias" },
      {
        name: "ClientContext",
        type: "string",
        required: false,
        description: "The event as JSON text; at most 6 MB, asynchronously 128 KB; `{}` when absent",
      },
      {
        name: "LogType",
        type: "string",
        required: false,
        description: "`Tail`: `Result.Log` has the last 4 KB of the log",
      },
      { name: "Namespace", type: "string", required: false, description: "Namespace of the function" },
      {
        name: "RoutingKey",
        type: "string",
        required: false,
        description:
          'Pairs that the matched routing of an alias looks at, as JSON text: `{"User":"a"}`; at most 1024 bytes',
      },
    ],
    errors: [
      "InvalidParameterValue.FunctionName",
      "InvalidParameterValue.Namespace",
      "ResourceNotFound.FunctionName",
      "ResourceNotFound.Namespace",
      "InvalidParameterValue.Qualifier",
      "InvalidParameterValue.Param",
      "InvalidParameter.RequestTooLarge",
      "ResourceNotFound.Qualifier",
      "FailedOperation.FunctionStatusError",
      "UnsupportedOperation",
      "InvalidParameterValue.ClientContext",
      "InvalidParameterValue.InvokeType",
      "LimitExceeded.Quota",
    ],
    supported: true,
  },
  InvokeFunction: {
    summary: "Calls an event function and waits for its end; by default the version that `$DEFAULT` points to.",
    fields: [
      {
        name: "FunctionName",
        type: "string",
        required: true,
        description:
          "Name of the function: 2–60 letters, digits, `-` and `_`; begins with a letter, does not end in `-` or `_`",
      },
      { name: "Qualifier", type: "string", required: false, description: "Version or alias" },
      {
        name: "Event",
        type: "string",
        required: false,
        description: "The event as JSON text; at most 6 MB; `{}` when absent",
      },
      {
        name: "LogType",
        type: "string",
        required: false,
        description: "`Tail`: `Result.Log` has the last 4 KB of the log",
      },
      { name: "Namespace", type: "string", required: false, description: "Namespace of the function" },
      {
        name: "RoutingKey",
        type: "string",
        required: false,
        description:
          'Pairs that the matched routing of an alias looks at, as JSON text: `{"User":"a"}`; at most 1024 bytes',
      },
    ],
    errors: [
      "InvalidParameterValue.FunctionName",
      "InvalidParameterValue.Namespace",
      "ResourceNotFound.FunctionName",
      "ResourceNotFound.Namespace",
      "InvalidParameterValue.Qualifier",
      "InvalidParameterValue.Param",
      "InvalidParameter.RequestTooLarge",
      "ResourceNotFound.Qualifier",
      "FailedOperation.FunctionStatusError",
      "UnsupportedOperation",
      "InvalidParameter.Payload",
    ],
    supported: true,
  },
  GetFunctionLogs: {
    summary: "Lists calls that ended, with what they printed; and what instances printed between calls.",
    fields: [
      {
        name: "FunctionName",
        type: "string",
        required: true,
        description:
          "Name of the function: 2–60 letters, digits, `-` and `_`; begins with a letter, does not end in `-` or `_`",
      },
      { name: "Offset", type: "integer", required: false, description: "How many entries to skip" },
      { name: "Limit", type: "integer", required: false, description: "How many entries to return at most, 1–10000" },
      { name: "Order", type: "string", required: false, description: "`ASC` or `DESC`" },
      {
        name: "OrderBy",
        type: "string",
        required: false,
        description: "`function_name`, `duration`, `mem_usage` or `start_time`",
      },
      { name: "Filter", type: "LogFilter", required: false, description: "Which calls" },
      { name: "Namespace", type: "string", required: false, description: "Namespace of the function" },
      { name: "Qualifier", type: "string", required: false, description: "Calls of this version or alias alone" },
      { name: "FunctionRequestId", type: "string", required: false, description: "This call alone" },
      {
        name: "StartTime",
        type: "string",
        required: false,
        description: "Earliest beginning, `YYYY-MM-DD HH:MM:SS` in Asia/Shanghai; one day before `EndTime` when absent",
      },
      {
        name: "EndTime",
        type: "string",
        required: false,
        description: "Latest beginning, at most one day after `StartTime`; now when absent",
      },
      {
        name: "SearchContext",
        type: "LogSearchContext",
        required: false,
        description: "Retired by Tencent; comes back as given",
      },
    ],
    errors: [
      "InvalidParameterValue.FunctionName",
      "InvalidParameterValue.Namespace",
      "ResourceNotFound.FunctionName",
      "ResourceNotFound.Namespace",
      "InvalidParameterValue.Offset",
      "InvalidParameterValue.Limit",
      "InvalidParameterValue.Order",
      "InvalidParameterValue.OrderBy",
      "InvalidParameterValue.RetCode",
      "InvalidParameterValue.Qualifier",
      "InvalidParameterValue.FunctionRequestId",
      "InvalidParameterValue.DateTime",
      "InvalidParameterValue.StartTimeOrEndTime",
      "UnsupportedOperation",
    ],
    supported: true,
  },
  GetRequestStatus: {
    summary: "Tells how a call ended, or where an asynchronous one stands.",
    fields: [
      {
        name: "FunctionName",
        type: "string",
        required: true,
        description:
          "Name of the function: 2–60 letters, digits, `-` and `_`; begins with a letter, does not end in `-` or `_`",
      },
      { name: "FunctionRequestId", type: "string", required: true, description: "Id of the call" },
      { name: "Namespace", type: "string", required: false, description: "Namespace of the function" },
      {
        name: "StartTime",
        type: "string",
        required: false,
        description: "Earliest beginning, `YYYY-MM-DD HH:MM:SS` in Asia/Shanghai; 15 minutes ago when absent",
      },
      { name: "EndTime", type: "string", required: false, description: "Latest beginning; now when absent" },
    ],
    errors: [
      "InvalidParameterValue.FunctionName",
      "InvalidParameterValue.Namespace",
      "ResourceNotFound.FunctionName",
      "ResourceNotFound.Namespace",
      "InvalidParameterValue.FunctionRequestId",
      "InvalidParameterValue.DateTime",
      "InvalidParameterValue.StartTimeOrEndTime",
    ],
    supported: true,
  },
  PublishVersion: {
    summary: "Freezes code and configuration of `$LATEST` as the next version: 1, 2, …",
    fields: [
      {
        name: "FunctionName",
        type: "string",
        required: true,
        description:
          "Name of the function: 2–60 letters, digits, `-` and `_`; begins with a letter, does not end in `-` or `_`",
      },
      { name: "Description", type: "string", required: false, description: "Description of the version" },
      { name: "Namespace", type: "string", required: false, description: "Namespace of the function" },
    ],
    errors: [
      "InvalidParameterValue.FunctionName",
      "InvalidParameterValue.Namespace",
      "ResourceNotFound.FunctionName",
      "ResourceNotFound.Namespace",
      "InvalidParameterValue.Description",
      "FailedOperation.FunctionStatusError",
    ],
    supported: true,
  },
  ListVersionByFunction: {
    summary: "Lists the versions of a function, `$LATEST` included.",
    fields: [
      {
        name: "FunctionName",
        type: "string",
        required: true,
        description:
          "Name of the function: 2–60 letters, digits, `-` and `_`; begins with a letter, does not end in `-` or `_`",
      },
      { name: "Namespace", type: "string", required: false, description: "Namespace of the function" },
      { name: "Offset", type: "integer", required: false, description: "How many entries to skip" },
      { name: "Limit", type: "integer", required: false, description: "How many entries to return at most, 1–1000" },
      { name: "Order", type: "string", required: false, description: "`ASC` or `DESC`" },
      {
        name: "OrderBy",
        type: "string",
        required: false,
        description: "`AddTime` or `ModTime`; `$LATEST` comes first in any order",
      },
    ],
    errors: [
      "InvalidParameterValue.FunctionName",
      "InvalidParameterValue.Namespace",
      "ResourceNotFound.FunctionName",
      "ResourceNotFound.Namespace",
      "InvalidParameterValue.Offset",
      "InvalidParameterValue.Limit",
      "InvalidParameterValue.Order",
      "InvalidParameterValue.OrderBy",
    ],
    supported: true,
  },
  DeleteFunctionVersion: {
    summary: "Deletes a published version. Its number is not used again.",
    fields: [
      {
        name: "FunctionName",
        type: "string",
        required: true,
        description:
          "Name of the function: 2–60 letters, digits, `-` and `_`; begins with a letter, does not end in `-` or `_`",
      },
      { name: "Qualifier", type: "string", required: true, description: "Number of the version" },
      { name: "Namespace", type: "string", required: false, description: "Namespace of the function" },
      {
        name: "ForceDelete",
        type: "string",
        required: false,
        description: "`TRUE` ends its running calls; they always may finish here",
      },
    ],
    errors: [
      "InvalidParameterValue.FunctionName",
      "InvalidParameterValue.Namespace",
      "ResourceNotFound.FunctionName",
      "ResourceNotFound.Namespace",
      "InvalidParameterValue.Qualifier",
      "ResourceNotFound.FunctionVersion",
      "UnsupportedOperation.AliasBind",
    ],
    supported: true,
  },
  CreateAlias: {
    summary: "Gives a version a name; a further version can take a share of the calls, or those that match.",
    fields: [
      {
        name: "FunctionName",
        type: "string",
        required: true,
        description:
          "Name of the function: 2–60 letters, digits, `-` and `_`; begins with a letter, does not end in `-` or `_`",
      },
      {
        name: "Name",
        type: "string",
        required: true,
        description:
          "Name of the alias: 1–64 letters, digits, `-` and `_`; begins with a letter; `$DEFAULT` is there from the start",
      },
      { name: "FunctionVersion", type: "string", required: true, description: "Main version: a number, or `$LATEST`" },
      { name: "Namespace", type: "string", required: false, description: "Namespace of the function" },
      { name: "RoutingConfig", type: "RoutingConfig", required: false, description: "The additional version" },
      { name: "Description", type: "string", required: false, description: "Description of the alias" },
    ],
    errors: [
      "InvalidParameterValue.FunctionName",
      "InvalidParameterValue.Namespace",
      "ResourceNotFound.FunctionName",
      "ResourceNotFound.Namespace",
      "InvalidParameterValue.Alias",
      "InvalidParameterValue.Description",
      "InvalidParameterValue.Qualifier",
      "InvalidParameterValue.AdditionalVersionWeights",
      "InvalidParameterValue.RoutingConfig",
      "ResourceNotFound.FunctionVersion",
      "ResourceInUse.Alias",
    ],
    supported: true,
  },
  UpdateAlias: {
    summary: "Points an alias to another version. Its routing is replaced: without `RoutingConfig` it has none.",
    fields: [
      {
        name: "FunctionName",
        type: "string",
        required: true,
        description:
          "Name of the function: 2–60 letters, digits, `-` and `_`; begins with a letter, does not end in `-` or `_`",
      },
      {
        name: "Name",
        type: "string",
        required: true,
        description:
          "Name of the alias: 1–64 letters, digits, `-` and `_`; begins with a letter; `$DEFAULT` is there from the start",
      },
      { name: "FunctionVersion", type: "string", required: true, description: "Main version: a number, or `$LATEST`" },
      { name: "Namespace", type: "string", required: false, description: "Namespace of the function" },
      {
        name: "RoutingConfig",
        type: "RoutingConfig",
        required: false,
        description: "The additional version; none when absent",
      },
      {
        name: "Description",
        type: "string",
        required: false,
        description: "Description of the alias; stays when absent",
      },
    ],
    errors: [
      "InvalidParameterValue.FunctionName",
      "InvalidParameterValue.Namespace",
      "ResourceNotFound.FunctionName",
      "ResourceNotFound.Namespace",
      "InvalidParameterValue.Alias",
      "InvalidParameterValue.Description",
      "InvalidParameterValue.Qualifier",
      "InvalidParameterValue.AdditionalVersionWeights",
      "InvalidParameterValue.RoutingConfig",
      "ResourceNotFound.FunctionVersion",
      "ResourceNotFound.Alias",
    ],
    supported: true,
  },
  GetAlias: {
    summary: "Tells what an alias points to.",
    fields: [
      {
        name: "FunctionName",
        type: "string",
        required: true,
        description:
          "Name of the function: 2–60 letters, digits, `-` and `_`; begins with a letter, does not end in `-` or `_`",
      },
      {
        name: "Name",
        type: "string",
        required: true,
        description:
          "Name of the alias: 1–64 letters, digits, `-` and `_`; begins with a letter; `$DEFAULT` is there from the start",
      },
      { name: "Namespace", type: "string", required: false, description: "Namespace of the function" },
    ],
    errors: [
      "InvalidParameterValue.FunctionName",
      "InvalidParameterValue.Namespace",
      "ResourceNotFound.FunctionName",
      "ResourceNotFound.Namespace",
      "InvalidParameterValue.Alias",
      "ResourceNotFound.Alias",
    ],
    supported: true,
  },
  ListAliases: {
    summary: "Lists the aliases of a function, `$DEFAULT` included.",
    fields: [
      {
        name: "FunctionName",
        type: "string",
        required: true,
        description:
          "Name of the function: 2–60 letters, digits, `-` and `_`; begins with a letter, does not end in `-` or `_`",
      },
      { name: "Namespace", type: "string", required: false, description: "Namespace of the function" },
      {
        name: "FunctionVersion",
        type: "string",
        required: false,
        description: "Only aliases whose main version this is",
      },
      { name: "Offset", type: "string", required: false, description: "How many entries to skip, as text" },
      { name: "Limit", type: "string", required: false, description: "How many entries to return at most, as text" },
    ],
    errors: [
      "InvalidParameterValue.FunctionName",
      "InvalidParameterValue.Namespace",
      "ResourceNotFound.FunctionName",
      "ResourceNotFound.Namespace",
      "InvalidParameterValue.Qualifier",
      "InvalidParameterValue.Offset",
      "InvalidParameterValue.Limit",
    ],
    supported: true,
  },
  DeleteAlias: {
    summary: "Deletes an alias. `$DEFAULT` stays.",
    fields: [
      {
        name: "FunctionName",
        type: "string",
        required: true,
        description:
          "Name of the function: 2–60 letters, digits, `-` and `_`; begins with a letter, does not end in `-` or `_`",
      },
      {
        name: "Name",
        type: "string",
        required: true,
        description:
          "Name of the alias: 1–64 letters, digits, `-` and `_`; begins with a letter; `$DEFAULT` is there from the start",
      },
      { name: "Namespace", type: "string", required: false, description: "Namespace of the function" },
    ],
    errors: [
      "InvalidParameterValue.FunctionName",
      "InvalidParameterValue.Namespace",
      "ResourceNotFound.FunctionName",
      "ResourceNotFound.Namespace",
      "InvalidParameterValue.Alias",
      "ResourceNotFound.Alias",
      "FailedOperation.DeleteAlias",
    ],
    supported: true,
  },
  CreateTrigger: {
    summary:
      "Makes a trigger. `http` gives a version or alias its own URL: an event function gets requests as events. `apigw` makes an API of the API gateway that leads to it, with its service where there is none of the name, and releases it.",
    fields: [
      {
        name: "FunctionName",
        type: "string",
        required: true,
        description:
          "Name of the function: 2–60 letters, digits, `-` and `_`; begins with a letter, does not end in `-` or `_`",
      },
      {
        name: "TriggerName",
        type: "string",
        required: true,
        description: "Name of the trigger: 1–100 letters, digits, `-` and `_`",
      },
      {
        name: "Type",
        type: "string",
        required: true,
        description: "Type of the trigger: `http` (a function URL) or `apigw` (an API of the API gateway)",
      },
      { name: "Namespace", type: "string", required: false, description: "Namespace of the function" },
      {
        name: "Qualifier",
        type: "string",
        required: false,
        description: "The version or alias that the trigger calls",
      },
      {
        name: "TriggerDesc",
        type: "string",
        required: false,
        description:
          'JSON text, of `http`: `{"AuthType":"NONE"|"CAM","NetConfig":{"EnableIntranet":true,"EnableExtranet":true},"CorsConfig":{…}}`; of `apigw`: `{"api":{"authRequired":"FALSE","requestConfig":{"method":"ANY","path":"/a"},"isIntegratedResponse":"FALSE","isBase64Encoded":"FALSE"},"service":{"serviceId":"…","serviceName":"…"},"release":{"environmentName":"release"}}`',
      },
      { name: "Enable", type: "string", required: false, description: "`OPEN` or `CLOSE`" },
      {
        name: "CustomArgument",
        type: "string",
        required: false,
        description: "What goes with the events of timers; kept",
      },
      { name: "Description", type: "string", required: false, description: "Description of the trigger" },
    ],
    errors: [
      "InvalidParameterValue.FunctionName",
      "InvalidParameterValue.Namespace",
      "ResourceNotFound.FunctionName",
      "ResourceNotFound.Namespace",
      "InvalidParameterValue.TriggerName",
      "InvalidParameterValue.Type",
      "InvalidParameterValue.Qualifier",
      "UnsupportedOperation",
      "FailedOperation.ApiGateway",
      "InvalidParameterValue.TriggerDesc",
      "InvalidParameterValue.Enable",
      "InvalidParameterValue.CustomArgument",
      "InvalidParameterValue.Description",
      "ResourceNotFound.Qualifier",
      "ResourceInUse.Trigger",
      "ResourceInUse.TriggerName",
      "LimitExceeded.Trigger",
    ],
    supported: true,
  },
  UpdateTrigger: {
    summary: "Changes a trigger; what is left out stays. Its URL stays, too.",
    fields: [
      {
        name: "FunctionName",
        type: "string",
        required: true,
        description:
          "Name of the function: 2–60 letters, digits, `-` and `_`; begins with a letter, does not end in `-` or `_`",
      },
      {
        name: "TriggerName",
        type: "string",
        required: true,
        description: "Name of the trigger: 1–100 letters, digits, `-` and `_`",
      },
      {
        name: "Type",
        type: "string",
        required: true,
        description: "Type of the trigger: `http` (a function URL) or `apigw` (an API of the API gateway)",
      },
      { name: "Namespace", type: "string", required: false, description: "Namespace of the function" },
      {
        name: "Qualifier",
        type: "string",
        required: false,
        description: "The version or alias that the trigger calls",
      },
      {
        name: "TriggerDesc",
        type: "string",
        required: false,
        description: "As in CreateTrigger; parts of it that are absent stay as they are",
      },
      { name: "Enable", type: "string", required: false, description: "`OPEN` or `CLOSE`; stays when absent" },
      {
        name: "Description",
        type: "string",
        required: false,
        description: "Description of the trigger; stays when absent",
      },
      {
        name: "CustomArgument",
        type: "string",
        required: false,
        description: "What goes with the events of timers; kept",
      },
    ],
    errors: [
      "InvalidParameterValue.FunctionName",
      "InvalidParameterValue.Namespace",
      "ResourceNotFound.FunctionName",
      "ResourceNotFound.Namespace",
      "InvalidParameterValue.TriggerName",
      "InvalidParameterValue.Type",
      "InvalidParameterValue.Qualifier",
      "UnsupportedOperation",
      "FailedOperation.ApiGateway",
      "InvalidParameterValue.TriggerDesc",
      "InvalidParameterValue.Enable",
      "InvalidParameterValue.CustomArgument",
      "InvalidParameterValue.Description",
      "ResourceNotFound.Trigger",
    ],
    supported: true,
  },
  DeleteTrigger: {
    summary:
      "Deletes a trigger, and the API of an `apigw`. The URL of a function URL leads nowhere from then on, and is not given again.",
    fields: [
      {
        name: "FunctionName",
        type: "string",
        required: true,
        description:
          "Name of the function: 2–60 letters, digits, `-` and `_`; begins with a letter, does not end in `-` or `_`",
      },
      {
        name: "TriggerName",
        type: "string",
        required: true,
        description: "Name of the trigger: 1–100 letters, digits, `-` and `_`",
      },
      {
        name: "Type",
        type: "string",
        required: true,
        description: "Type of the trigger: `http` (a function URL) or `apigw` (an API of the API gateway)",
      },
      { name: "Namespace", type: "string", required: false, description: "Namespace of the function" },
      {
        name: "Qualifier",
        type: "string",
        required: false,
        description: "The version or alias that the trigger calls",
      },
      { name: "TriggerDesc", type: "string", required: false, description: "Not needed" },
    ],
    errors: [
      "InvalidParameterValue.FunctionName",
      "InvalidParameterValue.Namespace",
      "ResourceNotFound.FunctionName",
      "ResourceNotFound.Namespace",
      "InvalidParameterValue.TriggerName",
      "InvalidParameterValue.Type",
      "InvalidParameterValue.Qualifier",
      "UnsupportedOperation",
      "FailedOperation.ApiGateway",
      "ResourceNotFound.Trigger",
    ],
    supported: true,
  },
  ListTriggers: {
    summary: "Lists the triggers of a function, of all its versions and aliases.",
    fields: [
      {
        name: "FunctionName",
        type: "string",
        required: true,
        description:
          "Name of the function: 2–60 letters, digits, `-` and `_`; begins with a letter, does not end in `-` or `_`",
      },
      { name: "Namespace", type: "string", required: false, description: "Namespace of the function" },
      { name: "Offset", type: "integer", required: false, description: "How many entries to skip" },
      { name: "Limit", type: "integer", required: false, description: "How many entries to return at most, 1–1000" },
      { name: "OrderBy", type: "string", required: false, description: "`add_time` or `mod_time`" },
      { name: "Order", type: "string", required: false, description: "`ASC` or `DESC`" },
      { name: "Filters", type: "TriggerFilter[]", required: false, description: "Conditions that all have to hold" },
    ],
    errors: [
      "InvalidParameterValue.FunctionName",
      "InvalidParameterValue.Namespace",
      "ResourceNotFound.FunctionName",
      "ResourceNotFound.Namespace",
      "InvalidParameterValue.Offset",
      "InvalidParameterValue.Limit",
      "InvalidParameterValue.OrderBy",
      "InvalidParameterValue.Order",
      "InvalidParameterValue.Filters",
    ],
    supported: true,
  },
  PublishLayerVersion: {
    summary: "Publishes the next version of a layer: 1, 2, …; the first makes the layer. A version never changes.",
    fields: [
      {
        name: "LayerName",
        type: "string",
        required: true,
        description:
          "Name of the layer: 1–64 letters, digits, `-` and `_`; begins with a letter, does not end in `-` or `_`",
      },
      {
        name: "CompatibleRuntimes",
        type: "string[]",
        required: true,
        description: "Runtimes of functions that can have the layer, e.g. `Nodejs26`, `Python3.10`",
      },
      {
        name: "Content",
        type: "Code",
        required: true,
        description: "The content: exactly one source; it is seen at `/opt`",
      },
      {
        name: "Description",
        type: "string",
        required: false,
        description: "Description of the version, at most 1000 characters",
      },
      { name: "LicenseInfo", type: "string", required: false, description: "License of the content" },
      { name: "Tags", type: "Tag[]", required: false, description: "Tags" },
    ],
    errors: [
      "InvalidParameterValue.LayerName",
      "InvalidParameterValue.CompatibleRuntimes",
      "InvalidParameterValue.Content",
      "InvalidParameterValue.Description",
      "InvalidParameterValue.ZipFile",
      "InvalidParameterValue.ZipFileBase64BinasciiError",
      "LimitExceeded.Layers",
      "LimitExceeded.LayerVersions",
      "UnsupportedOperation",
    ],
    supported: true,
  },
  GetLayerVersion: {
    summary: "Tells about a version of a layer, with a link under which its content can be downloaded for 10 minutes.",
    fields: [
      {
        name: "LayerName",
        type: "string",
        required: true,
        description:
          "Name of the layer: 1–64 letters, digits, `-` and `_`; begins with a letter, does not end in `-` or `_`",
      },
      { name: "LayerVersion", type: "integer", required: true, description: "Version of the layer" },
    ],
    errors: ["InvalidParameterValue.LayerName", "ResourceNotFound.Layer", "ResourceNotFound.LayerVersion"],
    supported: true,
  },
  ListLayers: {
    summary: "Lists the layers, each with its latest version; the one published last comes first.",
    fields: [
      {
        name: "CompatibleRuntime",
        type: "string",
        required: false,
        description: "Only layers, and versions of them, for this runtime",
      },
      { name: "Offset", type: "integer", required: false, description: "How many entries to skip" },
      { name: "Limit", type: "integer", required: false, description: "How many entries to return at most, 1–100" },
      { name: "SearchKey", type: "string", required: false, description: "Part of the name" },
    ],
    errors: [
      "InvalidParameterValue.CompatibleRuntimes",
      "InvalidParameterValue.Offset",
      "InvalidParameterValue.Limit",
      "InvalidParameterValue.SearchKey",
    ],
    supported: true,
  },
  ListLayerVersions: {
    summary: "Lists the versions of a layer, the latest first.",
    fields: [
      {
        name: "LayerName",
        type: "string",
        required: true,
        description:
          "Name of the layer: 1–64 letters, digits, `-` and `_`; begins with a letter, does not end in `-` or `_`",
      },
      {
        name: "CompatibleRuntime",
        type: "string[]",
        required: false,
        description: "Only versions for one of these runtimes",
      },
    ],
    errors: ["InvalidParameterValue.LayerName", "ResourceNotFound.Layer", "InvalidParameterValue.CompatibleRuntimes"],
    supported: true,
  },
  DeleteLayerVersion: {
    summary: "Deletes a version of a layer. Functions that have it keep it; no other function can get it any more.",
    fields: [
      {
        name: "LayerName",
        type: "string",
        required: true,
        description:
          "Name of the layer: 1–64 letters, digits, `-` and `_`; begins with a letter, does not end in `-` or `_`",
      },
      { name: "LayerVersion", type: "integer", required: true, description: "Version of the layer" },
    ],
    errors: ["InvalidParameterValue.LayerName", "ResourceNotFound.Layer", "ResourceNotFound.LayerVersion"],
    supported: true,
  },
  CreateNamespace: {
    summary: "Creates a namespace: a group of functions with names of their own.",
    fields: [
      {
        name: "Namespace",
        type: "string",
        required: true,
        description: "Name of the namespace: 1–30 letters, digits, `-` and `_`; begins with a letter",
      },
      { name: "Description", type: "string", required: false, description: "Description of the namespace" },
      {
        name: "ResourceEnv",
        type: "NamespaceResourceEnv",
        required: false,
        description: "Where its functions run: not available yet, they run here",
      },
    ],
    errors: [
      "InvalidParameterValue.Namespace",
      "InvalidParameterValue.Description",
      "InvalidParameterValue.DefaultNamespace",
      "ResourceInUse.Namespace",
      "LimitExceeded.Namespace",
      "UnsupportedOperation",
    ],
    supported: true,
  },
  UpdateNamespace: {
    summary: "Changes the description of a namespace.",
    fields: [
      {
        name: "Namespace",
        type: "string",
        required: true,
        description: "Name of the namespace: 1–30 letters, digits, `-` and `_`; begins with a letter",
      },
      { name: "Description", type: "string", required: true, description: "New description" },
    ],
    errors: ["InvalidParameterValue.Namespace", "InvalidParameterValue.Description", "ResourceNotFound.Namespace"],
    supported: true,
  },
  ListNamespaces: {
    summary: "Lists the namespaces.",
    fields: [
      { name: "Limit", type: "integer", required: false, description: "How many entries to return at most, 1–1000" },
      { name: "Offset", type: "integer", required: false, description: "How many entries to skip" },
      { name: "Orderby", type: "string", required: false, description: "`Name` or `Updatetime`" },
      { name: "Order", type: "string", required: false, description: "`ASC` or `DESC`" },
      { name: "SearchKey", type: "SearchKey[]", required: false, description: "Conditions that all have to hold" },
    ],
    errors: [
      "InvalidParameterValue.Limit",
      "InvalidParameterValue.Offset",
      "InvalidParameterValue.OrderBy",
      "InvalidParameterValue.Order",
      "InvalidParameterValue.SearchKey",
    ],
    supported: true,
  },
  DeleteNamespace: {
    summary: "Deletes an empty namespace.",
    fields: [
      {
        name: "Namespace",
        type: "string",
        required: true,
        description: "Name of the namespace: 1–30 letters, digits, `-` and `_`; begins with a letter",
      },
    ],
    errors: [
      "InvalidParameterValue.Namespace",
      "InvalidParameterValue.DefaultNamespace",
      "ResourceNotFound.Namespace",
      "FailedOperation.DeleteNamespace",
    ],
    supported: true,
  },
  GetAccount: { summary: "Tells usage and limits of the account.", fields: [], errors: [], supported: true },
  CreateCustomDomain: {
    summary:
      "Makes a domain of one's own lead to HTTP functions and services, by path. Its DNS has to lead to this server.",
    fields: [
      {
        name: "Domain",
        type: "string",
        required: true,
        description: "The domain, such as `www.example.com`; without a wildcard",
      },
      { name: "Protocol", type: "string", required: true, description: "`HTTP`, `HTTPS` or `HTTP&HTTPS`" },
      { name: "EndpointsConfig", type: "EndpointsConf[]", required: true, description: "Where its paths lead" },
      { name: "CertConfig", type: "CertConf", required: false, description: "Its certificate; required with HTTPS" },
      {
        name: "WafConfig",
        type: "WafConf",
        required: false,
        description: "A firewall for web applications: not available",
      },
      { name: "Tags", type: "Tag[]", required: false, description: "Tags" },
    ],
    errors: [
      "InvalidParameterValue.FunctionName",
      "InvalidParameterValue.Namespace",
      "ResourceNotFound.FunctionName",
      "ResourceNotFound.Namespace",
      "InvalidParameterValue.Type",
      "InvalidParameterValue.Qualifier",
      "ResourceNotFound.Qualifier",
      "UnsupportedOperation",
      "ResourceInUse",
      "LimitExceeded.Quota",
    ],
    supported: true,
  },
  UpdateCustomDomain: {
    summary:
      "Changes what is given of a domain of one's own; `EndpointsConfig` replaces all paths. Requests that run go on.",
    fields: [
      {
        name: "Domain",
        type: "string",
        required: true,
        description: "The domain, such as `www.example.com`; without a wildcard",
      },
      { name: "Protocol", type: "string", required: false, description: "`HTTP`, `HTTPS` or `HTTP&HTTPS`" },
      { name: "CertConfig", type: "CertConf", required: false, description: "Its certificate; required with HTTPS" },
      {
        name: "WafConfig",
        type: "WafConf",
        required: false,
        description: "A firewall for web applications: not available",
      },
      {
        name: "EndpointsConfig",
        type: "EndpointsConf[]",
        required: false,
        description: "Where its paths lead from now on",
      },
    ],
    errors: [
      "InvalidParameterValue.FunctionName",
      "InvalidParameterValue.Namespace",
      "ResourceNotFound.FunctionName",
      "ResourceNotFound.Namespace",
      "InvalidParameterValue.Type",
      "InvalidParameterValue.Qualifier",
      "ResourceNotFound.Qualifier",
      "UnsupportedOperation",
      "ResourceNotFound",
    ],
    supported: true,
  },
  GetCustomDomain: {
    summary: "Tells about a domain of one's own.",
    fields: [
      {
        name: "Domain",
        type: "string",
        required: true,
        description: "The domain, such as `www.example.com`; without a wildcard",
      },
    ],
    errors: ["ResourceNotFound"],
    supported: true,
  },
  ListCustomDomains: {
    summary: "Lists the domains of one's own.",
    fields: [
      { name: "Offset", type: "integer", required: false, description: "How many entries to skip" },
      { name: "Limit", type: "integer", required: false, description: "How many entries to return at most, 1–100" },
      { name: "OrderBy", type: "string", required: false, description: "`AddTime` or `ModTime`" },
      { name: "Order", type: "string", required: false, description: "`ASC` or `DESC`" },
      {
        name: "Filters",
        type: "Filter[]",
        required: false,
        description: "Conditions that all have to hold, at most 10; names: Domain",
      },
    ],
    errors: [
      "InvalidParameterValue.Offset",
      "InvalidParameterValue.Limit",
      "InvalidParameterValue.OrderBy",
      "InvalidParameterValue.Order",
      "InvalidParameterValue.Filters",
    ],
    supported: true,
  },
  DeleteCustomDomain: {
    summary: "Deletes a domain of one's own: it leads nowhere from now on.",
    fields: [
      {
        name: "Domain",
        type: "string",
        required: true,
        description: "The domain, such as `www.example.com`; without a wildcard",
      },
    ],
    errors: ["ResourceNotFound"],
    supported: true,
  },
  UpdateTriggerStatus: {
    summary: "Turns a trigger on or off.",
    fields: [],
    errors: ["UnsupportedOperation"],
    supported: false,
  },
  PutProvisionedConcurrencyConfig: {
    summary: "Keeps instances of a version started.",
    fields: [],
    errors: ["UnsupportedOperation"],
    supported: false,
  },
  GetProvisionedConcurrencyConfig: {
    summary: "Tells how many instances of a version are kept started.",
    fields: [],
    errors: ["UnsupportedOperation"],
    supported: false,
  },
  DeleteProvisionedConcurrencyConfig: {
    summary: "Keeps no instances of a version started any more.",
    fields: [],
    errors: ["UnsupportedOperation"],
    supported: false,
  },
  PutReservedConcurrencyConfig: {
    summary: "Reserves concurrency for a function.",
    fields: [],
    errors: ["UnsupportedOperation"],
    supported: false,
  },
  GetReservedConcurrencyConfig: {
    summary: "Tells the reserved concurrency of a function.",
    fields: [],
    errors: ["UnsupportedOperation"],
    supported: false,
  },
  DeleteReservedConcurrencyConfig: {
    summary: "Reserves no concurrency for a function any more.",
    fields: [],
    errors: ["UnsupportedOperation"],
    supported: false,
  },
  PutTotalConcurrencyConfig: {
    summary: "Changes the concurrency of the account.",
    fields: [],
    errors: ["UnsupportedOperation"],
    supported: false,
  },
  UpdateFunctionEventInvokeConfig: {
    summary: "Changes retries and life time of asynchronous events.",
    fields: [],
    errors: ["UnsupportedOperation"],
    supported: false,
  },
  GetFunctionEventInvokeConfig: {
    summary: "Tells retries and life time of asynchronous events.",
    fields: [],
    errors: ["UnsupportedOperation"],
    supported: false,
  },
  ListAsyncEvents: {
    summary: "Lists long asynchronous runs.",
    fields: [],
    errors: ["UnsupportedOperation"],
    supported: false,
  },
  GetAsyncEventStatus: {
    summary: "Tells where a long asynchronous run stands.",
    fields: [],
    errors: ["UnsupportedOperation"],
    supported: false,
  },
  TerminateAsyncEvent: {
    summary: "Ends a long asynchronous run.",
    fields: [],
    errors: ["UnsupportedOperation"],
    supported: false,
  },
};

/** Codes that every action can answer with. */
export const generalErrors: readonly string[] = [
  "AuthFailure.SignatureFailure",
  "AuthFailure.SignatureExpire",
  "AuthFailure.SecretIdNotFound",
  "AuthFailure.InvalidSecretId",
  "AuthFailure.TokenFailure",
  "AuthFailure.InvalidAuthorization",
  "UnauthorizedOperation",
  "InvalidAction",
  "NoSuchVersion",
  "InvalidParameter",
  "InvalidParameterValue",
  "MissingParameter",
  "UnknownParameter",
  "RequestLimitExceeded",
  "RequestSizeLimitExceeded",
  "UnsupportedProtocol",
  "InternalError",
  "InternalError.System",
];

/** When each code happens. */
export const errorCodes: Readonly<Record<string, string>> = {
  "AuthFailure.SignatureFailure": "The signature does not fit the request and the secret key.",
  "AuthFailure.SignatureExpire": "The request's timestamp is more than 5 minutes away from the server's clock.",
  "AuthFailure.SecretIdNotFound": "No account has this SecretId.",
  "AuthFailure.InvalidSecretId": "The SecretId is not one of the cloud API.",
  "AuthFailure.TokenFailure":
    "The token of temporary credentials is missing, wrong, of another SecretId, or over its time.",
  "AuthFailure.InvalidAuthorization": "The Authorization header does not have the documented form.",
  UnauthorizedOperation: "The role of the calling function does not permit the action; the message names both.",
  InvalidAction: "No action of this name exists.",
  NoSuchVersion: "The product has no version of this name, or this server does not have the product.",
  InvalidParameter: "A field has the wrong type, or the body is not a JSON object.",
  MissingParameter: "A required field is absent.",
  UnknownParameter: "The action has no field of this name.",
  RequestLimitExceeded: "Too many large requests are being read at the same time; try again.",
  RequestSizeLimitExceeded: "The request body is larger than the largest package needs.",
  UnsupportedProtocol: "The method is neither POST nor GET, or the Content-Type is not understood.",
  InternalError: "The platform failed; its log has the request id. A retry may help.",
  "InternalError.System":
    "The platform's database does not answer now, or its disk is full; the message says which. A retry may help.",
  UnsupportedOperation: "This server does not have the action or the feature yet; the message says which.",
  "FailedOperation.ApiGateway": "The API gateway refused what the trigger asks for; the message says why.",
  "FailedOperation.CopyFunction": "The function to overwrite is of another type.",
  "FailedOperation.DeleteAlias": "The alias cannot be deleted: every function keeps its $DEFAULT.",
  "FailedOperation.DeleteNamespace": "The namespace still has functions.",
  "FailedOperation.FunctionStatusError":
    "The function is being created, updated or deleted, or did not start; the message says its status.",
  "FailedOperation.OperationConflict": "Somebody else changed the function at the same time; read it and try again.",
  "FailedOperation.BoundResources": "Custom domains use the certificate; the message names them.",
  "FailedOperation.CannotBeDeletedIssued": "The platform obtained the certificate for a custom domain, which has it.",
  "FailedOperation.CertificateChainError": "The chain is not in order, or too long; the message says where.",
  "FailedOperation.CertificateEncryptInvalid": "The private key is encrypted, and KeyPassword does not open it.",
  "FailedOperation.CertificateInvalid":
    "The certificate cannot serve: expired, not valid yet, without names, or not for servers; the message says which.",
  "FailedOperation.CertificateMismatch": "The private key is not that of the certificate.",
  "FailedOperation.CertificateNotFound": "There is no certificate of this id.",
  "FailedOperation.CertificateParseError": "The certificate or the private key is not PEM that can be read.",
  "FailedOperation.ExceedsFreeLimit": "There are as many certificates as there may be.",
  "InvalidParameter.Payload": "The event is not JSON text.",
  "InvalidParameter.RequestTooLarge": "The event is over the limit (6 MB sync, 128 KB async).",
  InvalidParameterValue: "A value is outside its documented range; the message names the field and the range.",
  "InvalidParameterValue.AdditionalVersionWeights":
    "A weight is outside [0, 1], or there is more than one additional version.",
  "InvalidParameterValue.Alias": "The alias name breaks its rules, or is reserved.",
  "InvalidParameterValue.ClientContext": "The event is not JSON text.",
  "InvalidParameterValue.Code": "The code package has no file to start, or names no source or several.",
  "InvalidParameterValue.CodeSource": "CodeSource is none of the documented ones.",
  "InvalidParameterValue.CompatibleRuntimes":
    "A runtime of the layer has no name that one could have, or there is none.",
  "InvalidParameterValue.Content": "The layer's content names no source or several.",
  "InvalidParameterValue.CustomArgument": "CustomArgument is over 4 KB.",
  "InvalidParameterValue.DateTime": "A time is not written YYYY-MM-DD HH:MM:SS.",
  "InvalidParameterValue.DefaultNamespace": "The namespace `default` can be neither created nor deleted.",
  "InvalidParameterValue.Description": "The description is longer than 1000 characters.",
  "InvalidParameterValue.DynamicEnabled": "DynamicEnabled is none of TRUE, FALSE and the empty text.",
  "InvalidParameterValue.Enable": "Enable is neither OPEN nor CLOSE.",
  "InvalidParameterValue.Environment": "A variable's name breaks its rules or is there twice.",
  "InvalidParameterValue.EnvironmentExceededLimit": "The variables are over 4 KB together.",
  "InvalidParameterValue.EnvironmentSystemProtect": "A variable's name begins with a reserved prefix.",
  "InvalidParameterValue.Filters": "A filter has an unknown name, or there are more than 10.",
  "InvalidParameterValue.FunctionName": "The function name breaks its rules.",
  "InvalidParameterValue.FunctionRequestId": "The request id is longer than 128 characters.",
  "InvalidParameterValue.FunctionType": "Type is none of Event, HTTP and Service.",
  "InvalidParameterValue.Handler": "The handler breaks its rules, or the package has no file for it.",
  "InvalidParameterValue.IdleTimeOut": "The WebSocket idle time is outside 1–1800 s.",
  "InvalidParameterValue.InstanceConcurrencyConfig": "Concurrency in one instance was set for an event function.",
  "InvalidParameterValue.InvokeType": "InvocationType is neither RequestResponse nor Event.",
  "InvalidParameterValue.LayerName": "The layer name breaks its rules.",
  "InvalidParameterValue.Layers":
    "A layer does not fit the function: another runtime, the same version twice, or too large together with the code.",
  "InvalidParameterValue.Limit": "Limit is outside its range, or Offset and Limit together are.",
  "InvalidParameterValue.MaxConcurrency": "MaxConcurrency is outside 1–100.",
  "InvalidParameterValue.MemorySize": "MemorySize is neither 64 nor a multiple of 128 up to 3072.",
  "InvalidParameterValue.Namespace": "The namespace name breaks its rules.",
  "InvalidParameterValue.Offset": "Offset is negative or too large.",
  "InvalidParameterValue.Order": "Order is neither ASC nor DESC.",
  "InvalidParameterValue.OrderBy": "The field to sort by is none of the documented ones.",
  "InvalidParameterValue.Param": "Two fields contradict each other; the message names them.",
  "InvalidParameterValue.PublicNetConfig": "PublicNetStatus or EipStatus is neither ENABLE nor DISABLE.",
  "InvalidParameterValue.Qualifier": "The qualifier is not one that the action takes.",
  "InvalidParameterValue.RetCode": "Filter.RetCode is none of the documented ones.",
  "InvalidParameterValue.RoutingConfig": "The routing of the alias breaks its rules.",
  "InvalidParameterValue.Runtime": "This server does not have the runtime, or it would change the function's.",
  "InvalidParameterValue.SearchKey": "A search key is none of the documented ones.",
  "InvalidParameterValue.StartTimeOrEndTime": "The time window is empty or longer than one day.",
  "InvalidParameterValue.TraceEnable": "TraceEnable is neither TRUE nor FALSE.",
  "InvalidParameterValue.TriggerDesc":
    "TriggerDesc is not the JSON text that the type of the trigger takes; the message says what is wrong.",
  "InvalidParameterValue.TriggerName": "The name of the trigger breaks its rules.",
  "InvalidParameterValue.Type": "There is no trigger, or no rule of paths, of this type.",
  "InvalidParameterValue.Vpc": "VpcConfig names a network or subnet that cannot be one.",
  "InvalidParameterValue.WebSocketsParams":
    "WebSocket was asked for where it cannot be: event functions do not take it.",
  "InvalidParameterValue.ZipFile":
    "The code package was refused: not a zip, too large, or with an entry that is not allowed.",
  "InvalidParameterValue.ZipFileBase64BinasciiError": "ZipFile is not base64.",
  "LimitExceeded.Function": "The namespace has as many functions as it may.",
  "LimitExceeded.InitTimeout": "InitTimeout is over 300 s.",
  "LimitExceeded.LayerVersions": "The layer has as many versions as it may.",
  "LimitExceeded.Layers": "More than 5 layers of a function, or as many layers as there may be.",
  "LimitExceeded.Namespace": "There are as many namespaces as there may be.",
  "LimitExceeded.Quota":
    "As many asynchronous events of the function are waiting as may, or there are as many custom domains as there may be.",
  "LimitExceeded.Timeout": "Timeout is over 900 s.",
  "LimitExceeded.Trigger": "The function has as many triggers of this type as it may.",
  ResourceInUse: "There is a custom domain of this name, or it leads to a service of the API gateway.",
  "ResourceInUse.Alias": "The function has an alias of this name.",
  "ResourceInUse.FunctionName": "The namespace has a function of this name.",
  "ResourceInUse.Namespace": "There is a namespace of this name.",
  "ResourceInUse.Trigger": "The version or alias has a function URL already.",
  "ResourceInUse.TriggerName": "The version or alias has a trigger of this type and name.",
  ResourceNotFound: "There is no custom domain of this name.",
  "ResourceNotFound.Alias": "The function has no alias of this name.",
  "ResourceNotFound.FunctionName": "The namespace has no function of this name.",
  "ResourceNotFound.FunctionVersion": "The function has no version of this number.",
  "ResourceNotFound.Layer": "There is no layer of this name.",
  "ResourceNotFound.LayerVersion": "The layer has no version of this number, or not any more.",
  "ResourceNotFound.Namespace": "There is no namespace of this name.",
  "ResourceNotFound.Qualifier": "The function has neither a version nor an alias of this name.",
  "ResourceNotFound.Trigger": "The version or alias has no trigger of this type and name.",
  "UnsupportedOperation.AliasBind": "An alias uses the version.",
  "UnsupportedOperation.CopyFunction": "The function would be copied to another region.",
  "InvalidParameter.FormatError": "The content is not an OpenAPI definition that can be read.",
  "InvalidParameterValue.InvalidApiBusinessType": "ApiBusinessType is neither NORMAL nor OAUTH.",
  "InvalidParameterValue.InvalidApiRequestConfig":
    "The path of an API breaks its rules, or another API of the service has it with the same method.",
  "InvalidParameterValue.InvalidApiType": "ApiType is none that there is.",
  "InvalidParameterValue.InvalidBackendPath": "The path at the back end breaks its rules.",
  "InvalidParameterValue.InvalidConstantParameters": "A constant parameter has no good name or place.",
  "InvalidParameterValue.InvalidEnvStatus": "The environment does not serve the service, or there is no such release.",
  "InvalidParameterValue.InvalidFilterNotSupportedName": "A filter has a name that the list does not know.",
  "InvalidParameterValue.InvalidMethod": "The method is none that there is.",
  "InvalidParameterValue.InvalidProcotol": "Protocol is neither HTTP nor WEBSOCKET.",
  "InvalidParameterValue.InvalidPublicKey": "The public key can not be read.",
  "InvalidParameterValue.InvalidRequestParameters": "A request parameter breaks its rules.",
  "InvalidParameterValue.InvalidScfConfig": "The function is not there, or does not take what it would get.",
  "InvalidParameterValue.InvalidServiceParameters": "A parameter of the back end breaks its rules.",
  "InvalidParameterValue.InvalidServiceType": "ServiceType is none that there is, or does not go with Protocol.",
  "InvalidParameterValue.InvalidUrl": "An address is not one that can be called.",
  "InvalidParameterValue.InvalidWSMethod": "The method of a WebSocket is not GET.",
  "InvalidParameterValue.LengthExceeded": "A text is too long.",
  "InvalidParameterValue.NotInOptions": "A word is none of the documented ones.",
  "InvalidParameterValue.NothingModifyForOauth": "Neither a public key nor a login address is given.",
  "InvalidParameterValue.RangeExceeded": "A number is outside of its range, or a list has too many entries.",
  "LimitExceeded.ApiCountLimitExceeded": "The service has as many APIs as it may.",
  "LimitExceeded.ServiceCountLimitExceeded": "There are as many services as there may be.",
  "MissingParameter.BackendSpecificParam": "A field is absent that the type of the back end requires.",
  "ResourceNotFound.InvalidApi": "The service has no API of this id.",
  "ResourceNotFound.InvalidOauthApi": "The service has no API of this id that gives tokens.",
  "ResourceNotFound.InvalidService": "There is no service of this id.",
  "UnsupportedOperation.InvalidStatus": "The service has no APIs that could be released.",
  "UnsupportedOperation.UnsupportedDeleteApi": "Other APIs ask for tokens of this one.",
  "UnsupportedOperation.UnsupportedDeleteService": "The service is released.",
  "FailedOperation.AccessKeyExist": "There is a key of this id.",
  "FailedOperation.CertificateIdError": "There is no certificate of this id.",
  "FailedOperation.DeletePathMappingSetError": "The domain has no paths of the environment beside others.",
  "FailedOperation.DomainAlreadyBindOtherService": "The domain leads to functions.",
  "FailedOperation.DomainAlreadyBindService": "The domain leads to a service.",
  "FailedOperation.DomainNotBindService": "The domain does not lead to this service.",
  "FailedOperation.NetSubDomainError": "The host name is not that of the service in the net of the domain.",
  "FailedOperation.PathMappingSetError": "The paths of a domain break their rules.",
  "InvalidParameterValue.InvalidAccessKeyIds": "Id or secret of a key break their rules.",
  "InvalidParameterValue.InvalidIPAddress": "An address or range can not be read, or there are too many.",
  "InvalidParameterValue.InvalidPluginConfig": "PluginData is not what the type of the plugin takes.",
  "LimitExceeded.ApiAppCountLimitExceeded": "There are as many applications as there may be.",
  "ResourceNotFound.InvalidApiApp": "There is no application of this id.",
  "LimitExceeded.ApiKeyCountLimitExceeded": "There are as many keys as there may be.",
  "LimitExceeded.ExceededDomainLimit": "The service has as many domains as it may.",
  "LimitExceeded.IpStrategyLimitExceeded": "There are as many IP strategies as there may be.",
  "LimitExceeded.UsagePlanLimitExceeded": "There are as many usage plans as there may be.",
  "ResourceNotFound.InvalidAccessKeyId": "There is no key of this id.",
  "ResourceNotFound.InvalidIPStrategy": "The service has no IP strategy of this id.",
  "ResourceNotFound.InvalidPlugin": "There is no plugin of this id.",
  "ResourceNotFound.InvalidUsagePlan": "There is no usage plan of this id.",
  "UnsupportedOperation.AttachPlugin": "The API has another plugin of the type there.",
  "UnsupportedOperation.NoUsagePlanEnv": "The usage plan is not bound there.",
  "UnsupportedOperation.ResourceAssociated": "The plugin is attached to APIs.",
  "UnsupportedOperation.ResourceIsInUse": "The key may be used.",
  "UnsupportedOperation.ResourceUnassociated": "The one is not bound to the other.",
  "UnsupportedOperation.UnsupportedUpdateApiKey": "The secret of an auto key can not be given.",
  "UnsupportedOperation.UsagePlanInUse": "The usage plan is bound to environments.",
  LimitExceeded: "There are as many plugins as there may be.",
};
