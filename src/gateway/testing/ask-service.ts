import http from "node:http";
import { text } from "node:stream/consumers";
import type { Invoker } from "../../scheduler/index.ts";
import { resultOf, serviceHost } from "./published-service.ts";

export interface Ask {
  readonly host?: string;
  readonly method?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
}

/** Longer than any answer takes: a test whose answer does not come fails, and lets go of its server. */
const patienceMs = 20_000;

/** Sends a request to a service of the API gateway. */
export async function askService(
  port: number,
  path: string,
  { host = serviceHost, method = "GET", headers = {}, body }: Ask = {},
) {
  const { promise, resolve, reject } = Promise.withResolvers<http.IncomingMessage>();
  const request = http.request({
    host: "127.0.0.1",
    port,
    method,
    path,
    agent: false,
    headers: { host, ...headers },
    signal: AbortSignal.timeout(patienceMs),
  });
  request.on("response", resolve).on("error", reject).end(body);
  const answer = await promise;
  return { status: answer.statusCode ?? 0, headers: answer.headers, body: await text(answer) };
}

/** An event function that answers with what `answer` makes of its event. */
export function running(answer: (event: Record<string, unknown>) => unknown): Invoker["invoke"] {
  return (invocation) =>
    Promise.resolve(resultOf(invocation, { body: JSON.stringify(answer(JSON.parse(invocation.payload))) }));
}

export const messageOf = (answer: { readonly body: string }): unknown => JSON.parse(answer.body).message;
