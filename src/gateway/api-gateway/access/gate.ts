import type { Clock } from "../../../core/index.ts";
import type { Invoker } from "../../../scheduler/index.ts";
import type { Exchange } from "../../listener/exchange.ts";
import { apiRefusal, refuseRequest, type ApiRefusal } from "../request/api-refusal.ts";
import type { ApiRequest } from "../request/api-request.ts";
import { checkApp, signsBody } from "./app-signature.ts";
import { anybody, type Caller } from "./caller.ts";
import { CustomAuths } from "./custom-auth.ts";
import { isSignedWith, readHmacClaim, unknownKey, wrongSignature } from "./hmac-signature.ts";
import { checkJwt } from "./jwt.ts";
import type { Rates, RequestLimits } from "./request-limits.ts";

interface GateParts {
  readonly limits: RequestLimits;
  readonly invoker: Invoker;
  readonly clock: Clock;
}

/** Decides who may call an API: addresses, signatures and tokens, limits, the user's own function, then what the function behind it and the key have left. */
export class Gate {
  readonly #limits: RequestLimits;
  readonly #clock: Clock;
  readonly #customAuths: CustomAuths;

  constructor({ limits, invoker, clock }: GateParts) {
    this.#limits = limits;
    this.#clock = clock;
    this.#customAuths = new CustomAuths(invoker, clock);
  }

  /** What can be said without the caller's proof or its body. Null: it may go on. */
  refusalOfAll(exchange: Exchange, { api }: ApiRequest): ApiRefusal | null {
    return api.addresses.takes(exchange.connection.peer.address) ? null : refusedAddress;
  }

  /** Whether the proof of a caller cannot be checked without the body. */
  needsBody(exchange: Exchange, { api }: ApiRequest): boolean {
    if (api.authorization.kind === "app" && signsBody(exchange)) return true;
    return api.customAuth?.sendsBody === true;
  }

  /** Who is let in, and counted. Null: the request was refused, or its client has left meanwhile. */
  async admitOrRefuse(
    exchange: Exchange,
    request: ApiRequest,
    body: Buffer | null,
    rates: Rates,
  ): Promise<Caller | null> {
    const caller = await this.#admit(exchange, request, body, rates);
    if (exchange.httpStatus !== 0) return null;
    if (!("kind" in caller)) {
      if (exchange.api !== null) exchange.api.keyId = caller.secretId ?? "";
      return caller;
    }
    refuseRequest(exchange, caller);
    return null;
  }

  async #admit(
    exchange: Exchange,
    request: ApiRequest,
    body: Buffer | null,
    rates: Rates,
  ): Promise<Caller | ApiRefusal> {
    const caller = await this.#identify(exchange, request, body);
    if ("kind" in caller) return caller;
    const takenAt = this.#clock.now();
    const limited = this.#limits.take(request, rates, takenAt); // of those with a proof alone: nobody else spends what is theirs
    if (limited !== null) return limited;
    const { customAuth } = request.api;
    if (customAuth !== null) {
      const asked = { caller, body: body ?? Buffer.alloc(0) };
      const problem = await this.#customAuths.check(exchange, request, customAuth, asked);
      if (problem !== null) {
        this.#limits.giveWindowsBack(request, takenAt);
        return problem;
      }
    }
    const refused = this.#takeLast(request, caller, rates);
    if (refused !== null) this.#limits.giveBack(request, takenAt);
    return refused ?? caller;
  }

  /** Of the function, then of the key: what is last is what nobody gets back. */
  #takeLast(request: ApiRequest, { key }: Caller, rates: Rates): ApiRefusal | null {
    const excess = this.#limits.takeOfFunction(request);
    if (excess !== null || key === null) return excess;
    const refused = this.#limits.takeOfKey(request, key, rates);
    if (refused !== null) this.#limits.giveBackOfFunction(request);
    return refused;
  }

  #identify(
    exchange: Exchange,
    request: ApiRequest,
    body: Buffer | null,
  ): Caller | ApiRefusal | Promise<Caller | ApiRefusal> {
    const { authorization } = request.api;
    const now = this.#clock.now();
    switch (authorization.kind) {
      case "none":
        return anybody;
      case "secret":
        return checkKey(exchange, request, now);
      case "app":
        return checkApp(exchange, request, authorization.apps, { body, now });
      case "jwt":
        return checkJwt(exchange, request, authorization, now);
    }
  }
}

function checkKey({ head }: Exchange, { environment }: ApiRequest, now: number): Caller | ApiRefusal {
  const claim = readHmacClaim(head, now);
  if (claim.kind === "api-refusal") return claim;
  const key = environment.keys.get(claim.id);
  if (key === undefined) return unknownKey;
  return isSignedWith(claim, key.secretKey, claim.lines) ? { secretId: key.secretId, key } : wrongSignature;
}

const refusedAddress = apiRefusal(403, "Your IP address is not allowed.");
