import http, { type IncomingMessage, type ServerResponse } from "node:http";
import https from "node:https";
import { isIP, type Socket } from "node:net";
import type { SecureContext, TlsOptions } from "node:tls";

export interface HttpLimits {
  readonly headerBytes: number;
  readonly headerTimeoutS: number;
  readonly idleTimeoutS: number;
}

/** Which certificate a client gets. */
export interface ServerCertificates {
  /** For clients that name no host, as PEM. */
  readonly byDefault: { readonly certificate: string; readonly key: string };
  find(hostName: string): SecureContext;
}

/** An `IncomingMessage` of a server: answers lack these two. */
export declare class ServerRequest extends IncomingMessage {
  method: string;
  url: string;
}

type Request = typeof ServerRequest;
type Response = typeof ServerResponse<ServerRequest>;

/** What reads whatever a direct connection hands over, without or with TLS. */
export interface HttpServer {
  readonly server: http.Server<Request, Response>;
  /** Its event of a connection that can be spoken on. */
  readonly connectionEvent: "connection" | "secureConnection";
  /** Of a connection with TLS that may stay: none begins by itself. */
  beginTls(socket: Socket): void;
}

export function createHttpServer(
  limits: HttpLimits,
  takesUpgrade: (request: ServerRequest) => boolean,
  certificates: ServerCertificates | null,
): HttpServer {
  const options = serverOptions(limits, takesUpgrade);
  const server =
    certificates === null
      ? http.createServer<Request, Response>(options)
      : https.createServer<Request, Response>({ ...options, ...tlsOptions(limits, certificates) });
  // Node would take it in a list of others, too, and end the connection with the answer
  server.on("checkContinue", (request, response) => {
    server.emit(
      request.headers.expect?.toLowerCase() === "100-continue" ? "request" : "checkExpectation",
      request,
      response,
    );
  });
  server.maxHeadersCount = 0; // bounded by bytes; a count would drop headers silently
  if (certificates === null) return { server, connectionEvent: "connection", beginTls() {} };
  server.removeAllListeners("tlsClientError"); // Node makes them client errors, of a connection that is not ours yet
  const handshakers = server.listeners("connection");
  server.removeAllListeners("connection");
  const beginTls = (socket: Socket): void => {
    for (const listener of handshakers) listener.call(server, socket);
  };
  return { server, connectionEvent: "secureConnection", beginTls };
}

function serverOptions(
  limits: HttpLimits,
  takesUpgrade: (request: ServerRequest) => boolean,
): http.ServerOptions<Request, Response> {
  return {
    insecureHTTPParser: false,
    requireHostHeader: false, // checked by `readHead`, which answers in a sentence
    maxHeaderSize: limits.headerBytes,
    headersTimeout: limits.headerTimeoutS * 1_000,
    requestTimeout: 0, // bodies may take as long as they make progress
    keepAliveTimeout: limits.idleTimeoutS * 1_000,
    connectionsCheckingInterval: Math.min(1_000, limits.headerTimeoutS * 250),
    noDelay: true,
    shouldUpgradeCallback: takesUpgrade,
  };
}

function tlsOptions({ headerTimeoutS }: HttpLimits, certificates: ServerCertificates): TlsOptions {
  const { certificate: cert, key } = certificates.byDefault;
  return {
    cert,
    key,
    minVersion: "TLSv1.2",
    handshakeTimeout: headerTimeoutS * 1_000,
    ALPNProtocols: ["h2", "http/1.1"],
    SNICallback: (hostName, callback) => {
      if (isIP(hostName) !== 0) return callback(null); // against RFC 6066, and some clients do it
      try {
        callback(null, certificates.find(hostName));
      } catch (error) {
        callback(error instanceof Error ? error : new Error(String(error)));
      }
    },
  };
}
