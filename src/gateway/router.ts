import { webSocketPushPrefix } from "../core/index.ts";
import type { Routes } from "../scheduler/index.ts";
import type { CompiledService } from "./api-gateway/services/compiled-service.ts";
import type { ServiceLookup } from "./api-gateway/services/api-services.ts";
import { refusal, type Refusal } from "./listener/refusal.ts";
import type { RequestHead } from "./listener/request-head.ts";
import { pathOfUrl } from "./path-of-url.ts";
import { answerOfChallenge } from "./routes/acme-challenge.ts";
import { answerOfProtocol, type Arrival } from "./routes/domain-protocol.ts";
import type { FunctionDestination } from "./routes/function-destination.ts";
import type { FunctionUrl, UrlLookup } from "./routes/function-urls.ts";
import { routeByDomain, type DomainTargets } from "./routes/domain-routes.ts";

/** Where a request leads. */
export type Destination =
  | ({ readonly kind: "function" } & FunctionDestination)
  | { readonly kind: "function-url"; readonly url: FunctionUrl }
  | { readonly kind: "api-gateway"; readonly service: CompiledService }
  | PlatformDestination;

/** What the platform answers itself. */
export type PlatformDestination =
  | { readonly kind: "api" | "health" | "ready" | "welcome" }
  | { readonly kind: "code"; readonly token: string }
  | { readonly kind: "credentials"; readonly key: string }
  | { readonly kind: "web-socket-push"; readonly path: string }
  | { readonly kind: "redirect"; readonly location: string }
  /** Text that proves to an authority that a domain leads here. */
  | { readonly kind: "proof"; readonly text: string }
  | Refusal;

/** What host names lead to beside the functions' own domains. */
interface Hosts {
  readonly urls: UrlLookup;
  readonly domains: DomainTargets;
  /** Of the account by which certificates are ordered; null: none are. */
  readonly acmeThumbprint: string | null;
  readonly services: Pick<ServiceLookup, "byLabel" | "byDomain" | "settingsOf">;
}

/** Host names whose label is remembered. */
const maxLabels = 4_096;

/** Chooses by host label or custom domain, then by path, then by what the API's clients send. Never waits. */
export class Router {
  readonly #routes: Routes;
  readonly #hosts: Hosts;
  readonly #domainSuffix: string;
  /** Null: functions answer here. */
  readonly #functionsAt: (() => readonly string[]) | null;
  readonly #labels = new Map<string, string | null>();

  constructor(routes: Routes, hosts: Hosts, baseDomain: string, functionsAt: (() => readonly string[]) | null = null) {
    this.#routes = routes;
    this.#hosts = hosts;
    this.#functionsAt = functionsAt;
    this.#domainSuffix = `.${baseDomain.toLowerCase()}`;
  }

  route(method: string, url: string, head: RequestHead, arrival: Arrival): Destination {
    const { hostName } = head;
    if (this.#functionsAt !== null) return this.#routeWithoutFunctions(method, url, head, this.#functionsAt);
    const label = this.#labelOf(hostName);
    if (label !== null) {
      const route = this.#routes.byDomainLabel(label);
      if (route !== null) return { kind: "function", route, path: url, prefix: "" };
      const found = this.#hosts.urls.find(label);
      if (found !== null) return { kind: "function-url", url: found };
      const service = this.#hosts.services.byLabel(label);
      if (service !== null) return { kind: "api-gateway", service };
      if (!head.isApiCall && !label.includes(".") && !isPlatformPath(url)) return this.#unknownLabel(label);
    } else {
      const settings = this.#hosts.domains.settingsOf(hostName) ?? this.#hosts.services.settingsOf(hostName);
      const proof = settings === null ? null : answerOfChallenge(settings, url, this.#hosts.acmeThumbprint);
      if (proof !== null) return { kind: "proof", text: proof };
      const refused = settings === null ? null : answerOfProtocol(settings, { ...arrival, method, url, head });
      if (refused !== null) return refused;
      const destination = routeByDomain(this.#hosts.domains, this.#routes, hostName, url);
      if (destination !== null) return destination;
      const service = this.#hosts.services.byDomain(hostName);
      if (service !== null) return { kind: "api-gateway", service };
    }
    if (url.startsWith("/~")) return this.#routeByPath(url);
    return routePlatform(method, url, head);
  }

  #routeWithoutFunctions(method: string, url: string, head: RequestHead, at: () => readonly string[]): Destination {
    const isOfFunction = url.startsWith("/~") || (head.hostName.endsWith(this.#domainSuffix) && !isPlatformPath(url));
    const destination = routePlatform(method, url, head);
    return (isOfFunction && !head.isApiCall) || destination.kind === "refusal" ? functionsElsewhere(at()) : destination;
  }

  /** What stands before the base domain; null: the host is not in it. Hosts repeat, and a kept label has its hash already. */
  #labelOf(hostName: string): string | null {
    const known = this.#labels.get(hostName);
    if (known !== undefined) return known;
    const label = hostName.endsWith(this.#domainSuffix) ? hostName.slice(0, -this.#domainSuffix.length) : null;
    if (this.#labels.size >= maxLabels) this.#labels.clear();
    this.#labels.set(hostName, label);
    return label;
  }

  #unknownLabel(label: string): Refusal {
    return refusal(
      404,
      "FunctionNotFound",
      `No function has the domain ${label}${this.#domainSuffix}. ` +
        `Domains are <function>-<id>${this.#domainSuffix}, as GetFunction and "gust info" print them.`,
    );
  }

  /** `/~namespace/name/rest`: the rest keeps its bytes and its query. */
  #routeByPath(url: string): Destination {
    const match = pathForm.exec(url);
    if (match === null) return notFound(url);
    const [prefix, namespace = "", name = ""] = match;
    const route = this.#routes.byName(namespace, name);
    if (route === null) {
      return refusal(404, "FunctionNotFound", `There is no function "${name}" in the namespace "${namespace}".`);
    }
    if (route === "event-function") return eventFunction(namespace, name);
    const rest = url.slice(prefix.length);
    if (!rest.startsWith("/")) return { kind: "redirect", location: `${prefix}/${rest}` };
    return { kind: "function", route, path: rest, prefix };
  }
}

/** Letters, digits, `-` and `_` are all that names are made of, so nothing needs decoding. */
const pathForm = /^\/~([A-Za-z0-9_-]+)\/([A-Za-z0-9_-]+)(?=[/?]|$)/;

function isPlatformPath(url: string): boolean {
  return url === "/healthz" || url === "/readyz" || url.startsWith("/-/") || url.startsWith("/~");
}

/** Where a request leads that is for no function, whichever listener it came by. */
export function routePlatform(method: string, url: string, head: RequestHead): PlatformDestination {
  const path = pathOfUrl(url);
  if (path === "/") {
    if (head.isApiCall || method === "POST") return { kind: "api" };
    if (/[?&]Action=/.test(url)) return { kind: "api" };
    return { kind: "welcome" };
  }
  if (path === "/healthz") return { kind: "health" };
  if (path === "/readyz") return { kind: "ready" };
  if (path.startsWith("/-/code/")) return { kind: "code", token: path.slice("/-/code/".length) };
  if (path.startsWith(credentialsPath)) return { kind: "credentials", key: path.slice(credentialsPath.length) };
  if (path.startsWith(webSocketPushPrefix)) return { kind: "web-socket-push", path };
  return notFound(path);
}

/** What stands before the key of an instance; the scheduler makes the addresses. */
const credentialsPath = "/-/credentials/";

function notFound(url: string): Refusal {
  return refusal(
    404,
    "NotFound",
    `Nothing answers at ${url.slice(0, 200)}. A function answers at its domain or at /~<namespace>/<name>/, ` +
      "the cloud API at / (POST), and /healthz and /readyz say how the server is.",
  );
}

function functionsElsewhere(urls: readonly string[]): Refusal {
  const where = urls.length === 0 ? "and none is there now" : `at ${urls.join(", ")}`;
  return refusal(
    421,
    "NoFunctionsHere",
    `This process has the role control: the cloud API answers here. Functions answer at processes with the role data, ${where}.`,
    { setting: "GUST_ROLES" },
  );
}

function eventFunction(namespace: string, name: string): Refusal {
  return refusal(
    404,
    "EventFunctionHasNoUrl",
    `"${name}" in the namespace "${namespace}" is an event function, which has no URL. ` +
      `Call it with the API action Invoke, or with: gust invoke ${name}`,
  );
}
