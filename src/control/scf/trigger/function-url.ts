import { z } from "zod";
import { limits, type CorsSettings, type FunctionUrlSettings } from "../../../core/index.ts";
import { ApiError } from "../../api-error.ts";

/** What a function URL is when its TriggerDesc does not say. */
export const presetUrl: FunctionUrlSettings = {
  kind: "http",
  authType: "NONE",
  takesExtranet: true,
  takesIntranet: true,
  cors: null,
};

/** The settings that a TriggerDesc asks for; what it leaves out stays as it was `before`. */
export function readUrlDesc(text: string, before: FunctionUrlSettings): FunctionUrlSettings {
  const parsed = urlDesc.safeParse(parseJson(text));
  if (!parsed.success) throw descProblem(explain(parsed.error));
  const { AuthType: authType, NetConfig: net, CorsConfig: cors, ApiGwCompatible: isCompatible } = parsed.data;
  if (isCompatible === true) {
    throw new ApiError(
      "UnsupportedOperation",
      "ApiGwCompatible is not available: a function URL's event has body, headers, httpMethod, path and queryString alone.",
    );
  }
  const settings: FunctionUrlSettings = {
    kind: "http",
    authType: authType ?? before.authType,
    takesExtranet: net?.EnableExtranet ?? before.takesExtranet,
    takesIntranet: net?.EnableIntranet ?? before.takesIntranet,
    cors: cors === undefined ? before.cors : readCors(cors),
  };
  refuseOpenCredentials(settings.cors);
  return settings;
}

/** TriggerDesc as replies have it: as it was given, with the addresses. */
export function urlDescOf(settings: FunctionUrlSettings, hostLabel: string, at: UrlPlace): string {
  const { authType, takesExtranet, takesIntranet, cors } = settings;
  const { protocol, port } = new URL(at.origin);
  const authority = `${hostLabel}.${at.baseDomain}${port === "" ? "" : `:${port}`}`;
  const url = `${protocol}//${authority}`;
  const ws = `${protocol === "https:" ? "wss" : "ws"}://${authority}`;
  return JSON.stringify({
    AuthType: authType,
    NetConfig: {
      EnableIntranet: takesIntranet,
      EnableExtranet: takesExtranet,
      IntranetUrl: takesIntranet ? url : "",
      ExtranetUrl: takesExtranet ? url : "",
      WsIntranetUrl: takesIntranet ? ws : "",
      WsExtranetUrl: takesExtranet ? ws : "",
    },
    CorsConfig: cors === null ? { Enable: false } : corsReply(cors),
  });
}

/** Where this server is reached. */
export interface UrlPlace {
  /** Scheme, name and port of where functions answer. */
  readonly origin: string;
  readonly baseDomain: string;
}

const { corsEntries, corsEntryLength, corsMaxAgeS } = limits.functionUrl;
const entry = (pattern: RegExp) => z.string().max(corsEntryLength).regex(pattern);
const list = (pattern: RegExp) => z.array(entry(pattern)).max(corsEntries);

const originPattern = /^(?:\*|(?:[a-z][a-z0-9+.-]*:\/\/)?(?:\*\.)?[A-Za-z0-9._-]+(?::\d{1,5})?)$/;
const tokenPattern = /^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/;

const corsConfig = z.strictObject({
  Enable: z.boolean().optional(),
  Origins: list(originPattern).optional(),
  Methods: list(tokenPattern).optional(),
  Headers: list(tokenPattern).optional(),
  ExposeHeaders: list(tokenPattern).optional(),
  MaxAge: z.int().min(0).max(corsMaxAgeS).optional(),
  Credentials: z.boolean().optional(),
  AllowCredentials: z.boolean().optional(),
});

const address = z.string().optional(); // comes back from those who change what they read; it cannot be chosen

const urlDesc = z.strictObject({
  AuthType: z.enum(["NONE", "CAM"]).optional(),
  NetConfig: z
    .strictObject({
      EnableIntranet: z.boolean().optional(),
      EnableExtranet: z.boolean().optional(),
      IntranetUrl: address,
      ExtranetUrl: address,
      WsIntranetUrl: address,
      WsExtranetUrl: address,
    })
    .optional(),
  CorsConfig: corsConfig.optional(),
  ApiGwCompatible: z.boolean().optional(),
});

function readCors(given: z.output<typeof corsConfig>): CorsSettings | null {
  if (given.Enable === false || Object.keys(given).length === 0) return null;
  return {
    origins: given.Origins ?? ["*"],
    methods: (given.Methods ?? ["*"]).map((method) => method.toUpperCase()),
    headers: given.Headers ?? ["*"],
    exposeHeaders: given.ExposeHeaders ?? [],
    maxAgeS: given.MaxAge ?? 0,
    allowsCredentials: given.Credentials ?? given.AllowCredentials ?? false,
  };
}

/** Any page of the world could act for whoever is logged in. */
function refuseOpenCredentials(cors: CorsSettings | null): void {
  if (cors === null || !cors.allowsCredentials || !cors.origins.includes("*")) return;
  throw descProblem(
    'CorsConfig.Credentials needs Origins that are named: "*" lets pages of anybody act for whoever is logged in',
  );
}

function corsReply(cors: CorsSettings) {
  return {
    Enable: true,
    Origins: cors.origins,
    Methods: cors.methods,
    Headers: cors.headers,
    ExposeHeaders: cors.exposeHeaders,
    MaxAge: cors.maxAgeS,
    Credentials: cors.allowsCredentials,
  };
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    throw descProblem(`it is no JSON text: ${error instanceof Error ? error.message : String(error)}`);
  }
}

function explain({ issues: [first] }: z.ZodError): string {
  if (first === undefined) return "it is not of the documented form";
  return first.path.length === 0 ? first.message : `${first.path.join(".")}: ${first.message}`;
}

function descProblem(problem: string): ApiError {
  return new ApiError(
    "InvalidParameterValue.TriggerDesc",
    `TriggerDesc must be the JSON text of {"AuthType":"NONE"|"CAM","NetConfig":{…},"CorsConfig":{…}}; ${problem}.`,
  );
}
