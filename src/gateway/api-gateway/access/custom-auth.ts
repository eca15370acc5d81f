import { newRequestId, traceVariables, type Clock } from "../../../core/index.ts";
import type { Invoker } from "../../../scheduler/index.ts";
import type { Exchange } from "../../listener/exchange.ts";
import { apiEvent } from "../backends/api-event.ts";
import { apiRefusal, type ApiRefusal } from "../request/api-refusal.ts";
import type { ApiRequest } from "../request/api-request.ts";
import type { Caller } from "./caller.ts";
import type { CustomAuth } from "./plugin-settings.ts";

/** Answers of functions that are remembered; with more, all are forgotten. */
const maxRemembered = 10_000;

/** Asks functions of users whether a request may go on. */
export class CustomAuths {
  readonly #invoker: Invoker;
  readonly #clock: Clock;
  readonly #remembered = new Map<string, { readonly isIn: boolean; readonly until: number }>();

  constructor(invoker: Invoker, clock: Clock) {
    this.#invoker = invoker;
    this.#clock = clock;
  }

  /** Null: it may. */
  async check(
    exchange: Exchange,
    request: ApiRequest,
    auth: CustomAuth,
    { caller, body }: { readonly caller: Caller; readonly body: Buffer },
  ): Promise<ApiRefusal | null> {
    const values = valuesOf(exchange, request, auth);
    if (values === null) return apiRefusal(401, "Missing authentication parameters.");
    const key = auth.cacheS === 0 || values.length === 0 ? null : keyOf(request, values);
    const now = this.#clock.now();
    const known = key === null ? undefined : this.#remembered.get(key);
    if (known !== undefined && known.until > now) return known.isIn ? null : refused;
    const isIn = await this.#ask(exchange, request, auth, { caller, body: auth.sendsBody ? body : Buffer.alloc(0) });
    if (isIn === null) return unanswered;
    if (key !== null) this.#remember(key, { isIn, until: now + auth.cacheS * 1_000 });
    return isIn ? null : refused;
  }

  /** Null: the function failed, or gave no answer in time. */
  async #ask(
    exchange: Exchange,
    request: ApiRequest,
    { target, timeoutS }: CustomAuth,
    { caller, body }: { readonly caller: Caller; readonly body: Buffer },
  ): Promise<boolean | null> {
    const { namespace, functionName: name, qualifier } = target;
    const payload = apiEvent(exchange, request, { caller, body, isBase64Encoded: false, qualifier });
    const result = await this.#invoker.invoke(
      {
        requestId: newRequestId(),
        target: { namespace, name, qualifier },
        kind: "sync",
        retry: 0,
        payload,
        variables: { TRIGGER_SRC: "apigw", ...traceVariables(exchange.trace) },
      },
      { signal: AbortSignal.timeout(timeoutS * 1_000) },
    );
    return result.record.status === 200 ? saysYes(JSON.parse(result.body)) : null;
  }

  #remember(key: string, answer: { readonly isIn: boolean; readonly until: number }): void {
    if (this.#remembered.size >= maxRemembered) this.#remembered.clear();
    this.#remembered.set(key, answer);
  }
}

const refused = apiRefusal(401, "Unauthorized.");
const unanswered = apiRefusal(401, "Call of the authentication function failed.");

/** What the function's answer is remembered by, and cannot be without. Null: the request lacks some of it. */
function valuesOf(exchange: Exchange, request: ApiRequest, { headers, queries }: CustomAuth): readonly string[] | null {
  const query = new URLSearchParams(request.query);
  const values = [
    ...headers.map((name) => exchange.request.headers[name.toLowerCase()] ?? null),
    ...queries.map((name) => query.get(name)),
  ];
  return values.some((value) => value === null) ? null : values.map(String);
}

function keyOf({ service, environment, api }: ApiRequest, values: readonly string[]): string {
  return JSON.stringify([service.published.serviceId, environment.name, environment.version, api.apiId, ...values]);
}

/** `api-auth` of the result, or of the body of an integrated response. */
function saysYes(result: unknown): boolean {
  if (typeof result !== "object" || result === null) return false;
  if ("api-auth" in result) return result["api-auth"] === true;
  if (!("body" in result) || typeof result.body !== "string") return false;
  try {
    const body: unknown = JSON.parse(result.body);
    return typeof body === "object" && body !== null && "api-auth" in body && body["api-auth"] === true;
  } catch {
    return false; // no JSON, and so no yes
  }
}
