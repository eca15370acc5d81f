import type { GetFunctionResponse } from "../../sdk/src/index.ts";
import { formNames, formOf } from "./function-form.ts";

/** How a function is called. */
export interface Addresses {
  /** `event function`, `HTTP function` or `HTTP service`. */
  readonly form: string;
  /** Path form, which every client can resolve; null for event functions. */
  readonly url: string | null;
  /** The function's own domain; null for event functions. */
  readonly domainUrl: string | null;
  /** A line to try it with. */
  readonly tryIt: string;
}

/** Origin of the installation and what GetFunction said, as addresses. `gust` makes a command a line to copy. */
export function addressesOf(
  found: GetFunctionResponse,
  endpoint: string,
  gust: (command: string) => string,
): Addresses {
  const { FunctionName: name, Namespace: namespace } = found;
  const form = formNames[formOf(found)];
  if (found.Type === "Event") {
    const inNamespace = namespace === "default" ? "" : ` --namespace ${namespace}`;
    return { form, url: null, domainUrl: null, tryIt: gust(`invoke ${name}${inNamespace} -d '{"name":"Ada"}'`) };
  }
  const url = `${endpoint}/~${namespace}/${name}/`;
  const host = found.AccessInfo.Host;
  return { form, url, domainUrl: host === "" ? null : domainUrl(endpoint, host), tryIt: `curl ${url}` };
}

function domainUrl(endpoint: string, host: string): string {
  const { protocol, port } = new URL(endpoint);
  return `${protocol}//${host}${port === "" ? "" : `:${port}`}/`;
}
