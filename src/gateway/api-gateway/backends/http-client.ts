import http, { type ClientRequest, type RequestOptions } from "node:http";
import https from "node:https";
import type { BackRequest } from "./back-request.ts";
import { ReachableAddresses, type ClosedAddressError } from "./reachable-addresses.ts";

/** Connections to one back end at a time. */
const maxSockets = 1_024;

/** Our connections to back ends of users' own, kept alive; to addresses that may be reached. */
export class HttpClient implements Disposable {
  readonly #addresses: ReachableAddresses;
  readonly #agents = {
    "http:": new http.Agent({ keepAlive: true, maxSockets, scheduling: "lifo" }),
    "https:": new https.Agent({ keepAlive: true, maxSockets, scheduling: "lifo" }),
  };

  constructor(opened: readonly string[], boxes: readonly string[]) {
    this.#addresses = new ReachableAddresses(opened, boxes);
  }

  /** Null: go on. */
  problemOf(url: URL): ClosedAddressError | null {
    return this.#addresses.problemOf(url.hostname);
  }

  /** Opens a request whose body is to be written; `upgrade`: on a connection of its own. */
  open({ method, url, headers }: Omit<BackRequest, "body">, { upgrade = false } = {}): ClientRequest {
    const isTls = url.protocol === "https:" || url.protocol === "wss:";
    const options: RequestOptions = {
      method,
      host: url.hostname.replace(/^\[|\]$/g, ""),
      port: url.port,
      path: url.pathname + url.search,
      headers: [...headers, "host", url.host],
      lookup: this.#addresses.lookup,
      agent: upgrade ? false : this.#agents[isTls ? "https:" : "http:"],
    };
    return isTls ? https.request(options) : http.request(options);
  }

  [Symbol.dispose](): void {
    for (const agent of Object.values(this.#agents)) agent.destroy();
  }
}
