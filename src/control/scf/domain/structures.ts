import { z } from "zod";
import { limits } from "../../../core/index.ts";
import type { CustomDomain, DomainEndpoint } from "../../../store/index.ts";
import { broken } from "../../request/validate.ts";
import { functionName, oneOf, qualifier, requiredNamespace, shortText } from "../fields.ts";
import { tags } from "../structures.ts";

const maxDomainLength = 253;
/** Labels of letters, digits and `-`, two at least; the last one is no number, so that it is no address either. */
const domainPattern =
  /^(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)+(?=[a-z0-9-]*[a-z])[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?$/i;

export const domainName = z
  .string()
  .refine(
    (name) => name.length <= maxDomainLength && domainPattern.test(name),
    broken("InvalidParameterValue", "must be a domain of letters, digits, - and dots, such as www.example.com"),
  )
  .transform((name) => name.toLowerCase())
  .describe("The domain, such as `www.example.com`; without a wildcard");

const maxPathLength = 256;
const pathPattern = /^\/(?:[\w.~!&'()+,;=:@%-]+(?:\/[\w.~!&'()+,;=:@%-]+)*)?$/;

/** `/`, `/*`, `/a`, `/a/b`, `/a/*`. */
function isPathMatch(path: string): boolean {
  if (path.length > maxPathLength) return false;
  return path === "/*" || pathPattern.test(path.endsWith("/*") ? path.slice(0, -2) : path);
}

const pathText = z
  .string()
  .refine(isPathMatch, broken("InvalidParameterValue", "must be a path such as /, /*, /a, /a/b or /a/*"));

const rewriteTypes = { WildcardRules: "wildcard", ExactRules: "exact" } as const;

const pathRewriteRule = z
  .object({
    Path: pathText.describe("Paths that are rewritten: `/a` alone, or `/a/*` with everything below"),
    Type: oneOf(["WildcardRules", "ExactRules"], "InvalidParameterValue.Type").describe(
      "`WildcardRules` or `ExactRules`, which take no `*`",
    ),
    Rewrite: z
      .string()
      .refine(
        (text) => text.length <= maxPathLength && /^\/[\w.~!&'()+,;=:@%/$-]*$/.test(text),
        broken("InvalidParameterValue", "must be a path such as /, /b or /$1"),
      )
      .describe("What the function sees instead; `$1` (or `$`) is what `*` stood for"),
  })
  .refine(
    ({ Type, Path }) => Type === "WildcardRules" || !Path.includes("*"),
    broken("InvalidParameterValue", "must have a Path without * for ExactRules"),
  )
  .meta({ id: "PathRewriteRule" });

const maxRewrites = 20;

const endpoint = z
  .object({
    Namespace: requiredNamespace,
    FunctionName: functionName,
    Qualifier: qualifier.describe("A version or an alias, `$LATEST` or `$DEFAULT`"),
    PathMatch: pathText.describe(
      "Path that leads to the function: `/a` alone, `/a/*` with everything below. The exact one wins, then the longest",
    ),
    PathRewrite: z
      .array(pathRewriteRule)
      .refine(
        (list) => list.length <= maxRewrites,
        broken("InvalidParameterValue", `must be at most ${maxRewrites} rules`),
      )
      .optional()
      .describe("How the path is rewritten, by the first rule that fits"),
  })
  .meta({ id: "EndpointsConf" });

export const endpoints = z
  .array(endpoint)
  .refine(
    (list) => list.length >= 1 && list.length <= limits.endpointsPerDomain,
    broken("InvalidParameterValue", `must be 1–${limits.endpointsPerDomain} endpoints`),
  )
  .refine(
    (list) => new Set(list.map(({ PathMatch }) => PathMatch)).size === list.length,
    broken("InvalidParameterValue", "must not have a PathMatch twice"),
  );

export const protocol = oneOf(["HTTP", "HTTPS", "HTTP&HTTPS"], "InvalidParameterValue").describe(
  "`HTTP`, `HTTPS` or `HTTP&HTTPS`",
);

export const certConfig = z
  .object({ CertificateId: shortText().optional().describe("Id of the certificate") })
  .meta({ id: "CertConf" });

export const wafConfig = z
  .object({
    WafOpen: oneOf(["OPEN", "CLOSE"], "InvalidParameterValue").optional().describe("`CLOSE`; `OPEN` is not available"),
    WafInstanceId: shortText().optional().describe("Kept as given"),
  })
  .meta({ id: "WafConf" });

const domainFields = {
  Domain: z.string().describe("The domain"),
  Protocol: protocol,
  EndpointsConfig: endpoints.describe("Where its paths lead"),
  CertConfig: certConfig.describe("Its certificate"),
  WafConfig: wafConfig.describe("As given"),
  Tags: tags.describe("Tags"),
};

export const domainReply = z.object(domainFields);

export const domainInfo = z.object(domainFields).meta({ id: "DomainInfo" });

export function endpointsOf(given: z.output<typeof endpoints>): readonly DomainEndpoint[] {
  return given.map(({ Namespace, FunctionName, Qualifier, PathMatch, PathRewrite }) => ({
    namespace: Namespace,
    functionName: FunctionName,
    qualifier: Qualifier,
    pathMatch: PathMatch,
    rewrites: (PathRewrite ?? []).map(({ Path, Type, Rewrite }) => ({
      kind: rewriteTypes[Type],
      path: Path,
      rewrite: Rewrite,
    })),
  }));
}

export function replyOf(domain: CustomDomain): z.input<typeof domainInfo> {
  return {
    Domain: domain.domain,
    Protocol: domain.protocol,
    EndpointsConfig: domain.endpoints.map(({ namespace, functionName: name, qualifier: called, ...paths }) => ({
      Namespace: namespace,
      FunctionName: name,
      Qualifier: called,
      PathMatch: paths.pathMatch,
      PathRewrite: paths.rewrites.map(({ kind, path, rewrite }) => ({
        Path: path,
        Type: kind === "exact" ? "ExactRules" : "WildcardRules",
        Rewrite: rewrite,
      })),
    })),
    CertConfig: { CertificateId: domain.certificateId },
    WafConfig: domain.waf,
    Tags: [...domain.tags],
  };
}
