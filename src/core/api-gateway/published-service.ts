/** Where a service is released to; in the path of every request: `/<environment>/<path>`. */
export type EnvironmentName = "test" | "prepub" | "release";

/** One service of the API gateway as its listeners need it, whole. It never changes: what changes is loaded as a new one. */
export interface PublishedService {
  /** `service-` and eight characters. */
  readonly serviceId: string;
  readonly name: string;
  /** First label of its host: the id, `-` and the account's AppId. */
  readonly hostLabel: string;
  readonly protocol: "http" | "https" | "http&https";
  readonly takesExtranet: boolean;
  readonly takesIntranet: boolean;
  /** Those that it was released to and not taken back from. */
  readonly environments: Readonly<Partial<Record<EnvironmentName, PublishedEnvironment>>>;
  /** Domains of the user's own, each with its paths; a domain without paths takes `/<environment>/…`. */
  readonly domains: readonly ServiceDomain[];
}

export interface ServiceDomain {
  readonly domain: string;
  readonly protocol: PublishedService["protocol"];
  readonly certificateId: string | null;
  /** Prefix of the path, as `/`, and the environment behind it; null: the default paths. */
  readonly paths: readonly { readonly path: string; readonly environment: EnvironmentName }[] | null;
  /** `INNER`: it answers private addresses alone. `OUTER`: what its service answers. */
  readonly netType: "OUTER" | "INNER";
  /** Whether requests without TLS go there with TLS, though it has both protocols. */
  readonly isForcedHttps: boolean;
}

export interface PublishedEnvironment {
  readonly versionName: string;
  /** Requests per second of all its APIs together; null: no limit of its own. */
  readonly perSecond: number | null;
  readonly apis: readonly PublishedApi[];
  /** What keys permit, with the APIs that each plan is bound to. */
  readonly plans: readonly UsagePlan[];
}

/** An API as it was when it was released, with what acts on it at once: limits, address lists and plugins. */
export interface PublishedApi extends ApiDefinition {
  /** Requests per second; null: no limit of its own. */
  readonly perSecond: number | null;
  readonly ipRules: readonly IpRule[];
  readonly plugins: readonly ApiPlugin[];
}

/** What CreateApi made. */
export interface ApiDefinition {
  /** `api-` and eight characters. */
  readonly apiId: string;
  readonly name: string;
  readonly protocol: "HTTP" | "WEBSOCKET";
  readonly method: ApiMethod;
  /** Begins with `/`; `{name}` takes one segment. With a leading `=` of the definition it is exact, otherwise a prefix. */
  readonly path: string;
  readonly isExactPath: boolean;
  readonly authorization: ApiAuthorization;
  readonly allowsCors: boolean;
  readonly parameters: readonly ApiParameter[];
  readonly constants: readonly ApiConstant[];
  readonly backend: ApiBackend;
  /** How long the back end may take to answer, in seconds. */
  readonly timeoutS: number;
  /** What the back end's status becomes. */
  readonly convertedCodes: readonly {
    readonly code: number;
    readonly convertedCode: number;
    readonly message: string;
  }[];
}

export type ApiMethod = "ANY" | "GET" | "HEAD" | "POST" | "PUT" | "DELETE" | "PATCH" | "OPTIONS";
export type ParameterPlace = "PATH" | "QUERY" | "HEADER" | "BODY";

export interface ApiParameter {
  readonly name: string;
  readonly place: ParameterPlace;
  readonly type: "string" | "int" | "long" | "float" | "double" | "boolean";
  readonly isRequired: boolean;
  readonly presetValue: string | null;
}

/** Sent to the back end with every request. */
export interface ApiConstant {
  readonly name: string;
  readonly place: ParameterPlace;
  readonly value: string;
}

export type ApiAuthorization =
  | { readonly kind: "none" }
  /** A key of a usage plan that is bound. */
  | { readonly kind: "secret" }
  /** A key pair or code of an application (`AuthType` APP). */
  | { readonly kind: "app"; readonly apps: readonly { readonly key: string; readonly secret: string }[] }
  /** A JSON Web Token; the public key is PEM or a JWK as text. */
  | {
      readonly kind: "jwt";
      readonly publicKey: string;
      readonly place: "header" | "query";
      readonly name: string;
      readonly loginUrl: string | null;
      /** The API that gives the tokens: what it says now holds. Absent from what is edited, and from releases older than this field. */
      readonly givenBy?: string;
    };

export interface FunctionTarget {
  readonly namespace: string;
  readonly functionName: string;
  readonly qualifier: string;
}

export type ApiBackend =
  | ({
      readonly kind: "function";
      readonly isIntegratedResponse: boolean;
      readonly isBase64Encoded: boolean;
      /** The request is answered as soon as the event is on the queue. */
      readonly isAsync: boolean;
    } & FunctionTarget)
  /** An HTTP function or service: the request goes through as it is. */
  | ({ readonly kind: "http-function" } & FunctionTarget)
  | {
      readonly kind: "http";
      /** Scheme and authority. */
      readonly url: string;
      /** May hold `{name}` of the front path. */
      readonly path: string;
      readonly method: ApiMethod;
      readonly mapped: readonly MappedParameter[];
    }
  | { readonly kind: "mock"; readonly body: string }
  /** WebSocket by events; a function that is null is not told. */
  | {
      readonly kind: "websocket-functions";
      readonly register: FunctionTarget | null;
      readonly transport: FunctionTarget;
      readonly cleanup: FunctionTarget | null;
    }
  /** A WebSocket server of the user's own. */
  | { readonly kind: "websocket"; readonly url: string; readonly path: string };

/** A parameter of the request and where the back end finds it. */
export interface MappedParameter {
  readonly from: { readonly place: ParameterPlace; readonly name: string };
  readonly to: { readonly place: ParameterPlace; readonly name: string };
  readonly presetValue: string | null;
}

export interface UsagePlan {
  readonly planId: string;
  /** Requests per second of one key; null: no limit. */
  readonly perSecond: number | null;
  /** Requests in all; null: no limit. */
  readonly quota: number | null;
  /** Null: all APIs of the service. */
  readonly apiIds: readonly string[] | null;
  readonly keys: readonly { readonly secretId: string; readonly secretKey: string }[];
}

export interface IpRule {
  readonly kind: "allow" | "deny";
  /** Addresses and CIDR ranges. */
  readonly ranges: readonly string[];
}

/** A plugin as CreatePlugin has it; `data` was checked when it was made. */
export interface ApiPlugin {
  readonly pluginId: string;
  readonly type: "IPControl" | "TrafficControl" | "Cors" | "CustomAuth";
  readonly data: Readonly<Record<string, unknown>>;
}
