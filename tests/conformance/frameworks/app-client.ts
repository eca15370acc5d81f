import { once } from "node:events";
import http from "node:http";
import https from "node:https";
import { text } from "node:stream/consumers";

/** Where a deployed application is: by its domain the base path is empty. */
export interface AppAddress {
  readonly port: number;
  readonly host: string;
  readonly scheme: "http" | "https";
  /** `/~namespace/name`, or nothing. */
  readonly basePath: string;
}

export interface Asked {
  readonly method?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: Uint8Array;
}

export interface Answer {
  readonly status: number;
  readonly headers: http.IncomingHttpHeaders;
  readonly cookies: readonly string[];
  readonly body: string;
}

/** Begins a request for a path of the application, below its base path, and gives the answer's head. */
export async function begin(app: AppAddress, path: string, asked: Asked = {}): Promise<http.IncomingMessage> {
  const headers = { host: app.host, ...asked.headers };
  const options = { host: "127.0.0.1", port: app.port, path: app.basePath + path, headers };
  const { request: open } = app.scheme === "https" ? https : http;
  const request = open({
    ...options,
    method: asked.method ?? "GET",
    signal: AbortSignal.timeout(20_000),
    rejectUnauthorized: false,
  });
  const answered = once(request, "response");
  request.end(asked.body);
  const [response] = (await answered) as [http.IncomingMessage]; // event signature of http
  return response;
}

export async function ask(app: AppAddress, path: string, asked: Asked = {}): Promise<Answer> {
  const response = await begin(app, path, asked);
  const body = await text(response);
  const { headers, statusCode: status = 0 } = response;
  return { status, headers, cookies: headers["set-cookie"] ?? [], body };
}

/** Follows a `Location` as a browser does; the path below the base path that it leads to, or the whole address of another site. */
export function landingOf(app: AppAddress, from: string, location: string): string {
  const site = `${app.scheme}://${app.host}`;
  const url = new URL(location, site + app.basePath + from);
  if (url.origin !== site) return url.href;
  const target = url.pathname + url.search;
  return target.startsWith(`${app.basePath}/`)
    ? target.slice(app.basePath.length)
    : `outside of the base path: ${target}`;
}

/** The header that a browser sends to a path after it got these cookies from another. */
export function cookiesFor(app: AppAddress, path: string, cookies: readonly string[], from: string): string {
  const asked = app.basePath + path;
  const fromPath = (app.basePath + from).replace(/\/[^/]*$/, "") || "/";
  const sent = cookies.flatMap((cookie) => {
    const [pair = "", ...attributes] = cookie.split(";").map((part) => part.trim());
    const stated = attributes.findLast((attribute) => /^path=\//i.test(attribute))?.slice("path=".length);
    return isBelow(asked, stated ?? fromPath) ? [pair] : [];
  });
  return sent.join("; ");
}

/** RFC 6265, 5.1.4. */
function isBelow(path: string, base: string): boolean {
  return path === base || path.startsWith(base.endsWith("/") ? base : `${base}/`);
}
