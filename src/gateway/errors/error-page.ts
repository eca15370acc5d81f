import { STATUS_CODES } from "node:http";
import type { Failure } from "./failure.ts";

/** A failure in the form that the client asked for. */
export interface ErrorPage {
  readonly pairs: string[];
  readonly body: Buffer;
}

/** Renders a failure as JSON, or as a plain page for a client that prefers HTML. */
export function errorPage(failure: Failure, requestId: string, accept: string): ErrorPage {
  const isHtml = prefersHtml(accept);
  const body = Buffer.from(isHtml ? htmlPage(failure, requestId) : jsonBody(failure, requestId));
  const pairs = [
    "content-type",
    isHtml ? "text/html; charset=utf-8" : "application/json",
    "cache-control",
    "no-store",
    "x-scf-status",
    String(failure.status),
    ...failure.pairs,
  ];
  if (failure.retryAfterS !== null) pairs.push("retry-after", String(Math.ceil(failure.retryAfterS)));
  return { pairs, body };
}

/** A whole answer for a connection whose request could not even be read. */
export function rawErrorAnswer(failure: Failure, requestId: string): string {
  const { pairs, body } = errorPage(failure, requestId, "");
  let head = `HTTP/1.1 ${failure.httpStatus} ${STATUS_CODES[failure.httpStatus] ?? "Error"}\r\n`;
  for (let i = 0; i + 1 < pairs.length; i += 2) head += `${pairs[i]}: ${pairs[i + 1]}\r\n`;
  return `${head}content-length: ${body.length}\r\nx-scf-request-id: ${requestId}\r\nconnection: close\r\n\r\n${body.toString("utf8")}`;
}

function jsonBody(failure: Failure, requestId: string): string {
  const { code, status, message, layer, fault, limit, value, setting } = failure;
  const error = {
    code,
    status,
    message,
    layer,
    fault,
    ...(limit === null ? {} : { limit }),
    ...(value === null ? {} : { value }),
    ...(setting === null ? {} : { setting }),
    requestId,
  };
  return `${JSON.stringify({ error }, null, 2)}\n`;
}

/** HTML when it is named and JSON is not named before it. */
function prefersHtml(accept: string): boolean {
  const html = accept.indexOf("text/html");
  const json = accept.indexOf("application/json");
  return html >= 0 && (json < 0 || html < json);
}

function htmlPage(failure: Failure, requestId: string): string {
  const rows: (readonly [string, string | null])[] = [
    ["Code", `${failure.code} (${failure.status})`],
    ["Layer", failure.layer],
    ["To act", failure.fault === "caller" ? "the caller" : `the ${failure.fault}`],
    ["Limit", failure.limit],
    ["Value", failure.value],
    ["Setting", failure.setting],
    ["Request", requestId],
  ];
  const table = rows
    .filter(([, value]) => value !== null)
    .map(([name, value]) => `<tr><th>${name}</th><td>${escapeHtml(value ?? "")}</td></tr>`)
    .join("\n");
  const title = `${failure.httpStatus} ${STATUS_CODES[failure.httpStatus] ?? "Error"}`;
  return `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>${title}</title>
<style>body{font:16px/1.5 system-ui,sans-serif;max-width:42rem;margin:10vh auto;padding:0 1rem}
th{text-align:left;padding-right:1.5rem;font-weight:500;vertical-align:top}td{font-family:ui-monospace,monospace}</style></head>
<body><h1>${title}</h1>
<p>${escapeHtml(failure.message)}</p>
<table>
${table}
</table></body></html>
`;
}

function escapeHtml(text: string): string {
  return text.replace(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`);
}
