/** A domain of a user's own. Times are milliseconds since 1970. */
export interface CustomDomain {
  /** In lower case. */
  readonly domain: string;
  readonly protocol: "HTTP" | "HTTPS" | "HTTP&HTTPS";
  readonly endpoints: readonly DomainEndpoint[];
  /** Empty: none. */
  readonly certificateId: string;
  /** As given; nothing looks at it. */
  readonly waf: { readonly WafOpen?: string | undefined; readonly WafInstanceId?: string | undefined };
  readonly tags: readonly { readonly Key: string; readonly Value: string }[];
  readonly addTime: number;
  readonly modTime: number;
}

/** What the paths of a domain lead to. */
export interface DomainEndpoint {
  readonly namespace: string;
  readonly functionName: string;
  readonly qualifier: string;
  /** `/a` that path alone; `/a/*` it and everything below. */
  readonly pathMatch: string;
  /** In the order in which they were given. */
  readonly rewrites: readonly PathRewrite[];
}

export interface PathRewrite {
  readonly kind: "exact" | "wildcard";
  readonly path: string;
  readonly rewrite: string;
}

export interface DomainFilter {
  /** Names of which each list has to hold the domain. */
  readonly domains: readonly (readonly string[])[];
  readonly orderBy: "addTime" | "modTime";
  readonly order: "asc" | "desc";
  readonly offset: number;
  readonly limit: number;
}

export type DomainContent = Omit<CustomDomain, "addTime" | "modTime">;

export interface DomainTable {
  /** `leads-to-service`: of the API gateway; a domain leads to one or the other. */
  create(domain: DomainContent, limit: number): Promise<"created" | "exists" | "leads-to-service" | "limit">;
  /** Replaces what is given. */
  update(domain: string, change: Partial<Omit<DomainContent, "domain" | "tags">>): Promise<boolean>;
  find(domain: string): Promise<CustomDomain | null>;
  list(filter: DomainFilter): Promise<{ readonly total: number; readonly domains: readonly CustomDomain[] }>;
  /** Those that follow `after` in the order of names, for who reads all of them. */
  page(after: string, count: number): Promise<readonly CustomDomain[]>;
  delete(domain: string): Promise<boolean>;
}
