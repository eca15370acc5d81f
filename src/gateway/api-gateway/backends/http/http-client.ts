import http, { type ClientRequest, type RequestOptions } from "node:http";
import https from "node:https";
import { Socket } from "node:net";
import type { Duplex } from "node:stream";
import { readOn } from "../../../proxy/read-on.ts";
import type { BackRequest } from "./back-request.ts";
import { ReachableAddresses, type ClosedAddressError } from "./reachable-addresses.ts";

/** Connections to one back end at a time. */
const maxSockets = 1_024;

class PlainAgent extends http.Agent {
  override createConnection(...parts: Parameters<http.Agent["createConnection"]>): Duplex | null | undefined {
    return readingOn(super.createConnection(...parts));
  }
}

class TlsAgent extends https.Agent {
  override createConnection(...parts: Parameters<https.Agent["createConnection"]>): Duplex | null | undefined {
    return readingOn(super.createConnection(...parts));
  }
}

function readingOn(connection: Duplex | null | undefined): Duplex | null | undefined {
  return connection instanceof Socket ? readOn(connection, () => connection.isPaused()) : connection;
}

/** Our connections to back ends of users' own, kept alive; to addresses that may be reached. */
export class HttpClient implements Disposable {
  readonly #addresses: ReachableAddresses;
  readonly #agents = {
    "http:": new PlainAgent({ keepAlive: true, maxSockets, scheduling: "lifo" }),
    "https:": new TlsAgent({ keepAlive: true, maxSockets, scheduling: "lifo" }),
  };

  constructor(opened: readonly string[], boxes: readonly string[]) {
    this.#addresses = new ReachableAddresses(opened, boxes);
  }

  /** Null: go on. */
  problemOf(url: URL): ClosedAddressError | null {
    return this.#addresses.problemOf(url.hostname);
  }

  /** Opens a request whose body is to be written; `fresh`: on a connection of its own. */
  open({ method, url, headers }: Omit<BackRequest, "body">, { fresh = false } = {}): ClientRequest {
    const isTls = url.protocol === "https:" || url.protocol === "wss:";
    const options: RequestOptions = {
      method,
      host: url.hostname.replace(/^\[|\]$/g, ""),
      port: url.port,
      path: url.pathname + url.search,
      headers: [...headers, "host", url.host],
      lookup: this.#addresses.lookup,
      agent: fresh ? false : this.#agents[isTls ? "https:" : "http:"],
    };
    return isTls ? https.request(options) : http.request(options);
  }

  [Symbol.dispose](): void {
    for (const agent of Object.values(this.#agents)) agent.destroy();
  }
}
