import type { GetFunctionResponse } from "../../sdk/src/index.ts";
import type { Installation } from "../installation/connect.ts";
import { formNames, formOf } from "./function-form.ts";

/** How a function is called. */
export interface Addresses {
  /** `event function`, `HTTP function` or `HTTP service`. */
  readonly form: string;
  /** Path form, which every client can resolve; null for event functions. */
  readonly url: string | null;
  /** The function's own domain; null for event functions. */
  readonly domainUrl: string | null;
  /** Its domain with TLS; null where that is its domain's address already, or nothing is known to listen with it. */
  readonly tlsUrl: string | null;
  /** A line to try it with. */
  readonly tryIt: string;
}

/** Origins of the installation and what GetFunction said, as addresses. `gust` makes a command a line to copy. */
export function addressesOf(
  found: GetFunctionResponse,
  { endpoint, tlsEndpoint }: Pick<Installation, "endpoint" | "tlsEndpoint">,
  gust: (command: string) => string,
): Addresses {
  const { FunctionName: name, Namespace: namespace } = found;
  const form = formNames[formOf(found)];
  if (found.Type === "Event") {
    const inNamespace = namespace === "default" ? "" : ` --namespace ${namespace}`;
    const tryIt = gust(`invoke ${name}${inNamespace} -d '{"name":"Ada"}'`);
    return { form, url: null, domainUrl: null, tlsUrl: null, tryIt };
  }
  const url = `${endpoint}/~${namespace}/${name}/`;
  const host = found.AccessInfo.Host;
  const at = (origin: string | null): string | null =>
    origin === null || host === "" ? null : domainUrl(origin, host);
  const tlsUrl = tlsEndpoint === endpoint ? null : at(tlsEndpoint);
  return { form, url, domainUrl: at(endpoint), tlsUrl, tryIt: `curl ${url}` };
}

function domainUrl(endpoint: string, host: string): string {
  const { protocol, port } = new URL(endpoint);
  return `${protocol}//${host}${port === "" ? "" : `:${port}`}/`;
}
