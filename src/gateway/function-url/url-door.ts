import { PlatformError, type Clock } from "../../core/index.ts";
import type { Invoker, Route, Routes } from "../../scheduler/index.ts";
import type { Signers } from "../authenticate/find-signer.ts";
import type { Exchange } from "../listener/exchange.ts";
import { refusal, type Refusal } from "../listener/refusal.ts";
import type { FunctionUrl } from "../routes/function-urls.ts";
import { readCamClaim, verifyCam } from "./cam-signature.ts";
import { isFromIntranet } from "../client-net.ts";
import { collectBody, type BodyBudget } from "../collect-body.ts";
import { corsHeaders, isPreflight, preflightHeaders, withCors } from "../cors.ts";
import { answerWithEvent } from "./event-call.ts";

interface UrlDoorParts {
  readonly invoker: Invoker;
  readonly routes: Routes;
  readonly signers: Signers;
  readonly clock: Clock;
  /** Answers with an HTTP function or a service, as at its own domain. */
  answerHttp(exchange: Exchange, route: Route): void;
  /** A bug of ours, which costs its exchange. Must not throw. */
  onBug(error: unknown): void;
}

/**
 * Answers requests of function URLs: whether the URL is on and takes the client's net, CORS, the signature, then the function.
 */
export class UrlDoor {
  readonly #parts: UrlDoorParts;
  readonly #budget: BodyBudget = { bytes: 0 };

  constructor(parts: UrlDoorParts) {
    this.#parts = parts;
  }

  answer(exchange: Exchange, url: FunctionUrl): void {
    const { request } = exchange;
    const { cors, authType } = url.settings;
    const closed = refusalOfClient(exchange, url);
    if (closed === null && cors !== null && isPreflight(request.method, request.headers)) {
      exchange.kind = "platform";
      exchange.reply(204, preflightHeaders(cors, request.headers), "");
      return;
    }
    shapeForPages(exchange, url);
    if (closed !== null) return exchange.refuse(closed);
    if (authType === "CAM") this.#answerSigned(exchange, url);
    else void this.#answerWithFunction(exchange, url, null); // never rejects
  }

  /** Why a change of protocol is not begun; null: it may be. It has no body, so that nothing has to be waited for. */
  refusalOfUpgrade(exchange: Exchange, url: FunctionUrl): Refusal | null {
    const closed = refusalOfClient(exchange, url);
    if (closed !== null || url.settings.authType === "NONE") return closed;
    const claim = this.#readClaim(exchange);
    return claim.kind === "refusal" ? claim : verifyCam(claim, exchange, Buffer.alloc(0));
  }

  /** The function or service behind; null where there is none, or an event function. */
  routeOf({ namespace, functionName, qualifier }: FunctionUrl): Route | null {
    const route = this.#parts.routes.byName(namespace, functionName, qualifier);
    return route === "event-function" ? null : route;
  }

  #answerSigned(exchange: Exchange, url: FunctionUrl): void {
    const claim = this.#readClaim(exchange);
    if (claim.kind === "refusal") return exchange.refuse(claim);
    const check = (body: Buffer | null): Promise<void> | void => {
      const problem = verifyCam(claim, exchange, body ?? Buffer.alloc(0));
      return problem === null ? this.#answerWithFunction(exchange, url, body) : exchange.refuse(problem);
    };
    if (claim.signsPayload) collectBody(exchange, this.#budget, check);
    else void check(null); // never rejects
  }

  #readClaim(exchange: Exchange) {
    return readCamClaim(exchange, this.#parts.signers, this.#parts.clock.now());
  }

  /** `body`: where it had to be read before; resolves when that is not needed any more. */
  #answerWithFunction(exchange: Exchange, url: FunctionUrl, body: Buffer | null): Promise<void> | void {
    const { namespace, functionName: name, qualifier } = url;
    const route = this.#parts.routes.byName(namespace, name, qualifier);
    if (route === null) return exchange.refuse(nothingBehind(url));
    if (route !== "event-function") {
      exchange.collected = body;
      if (body !== null) exchange.bytesIn = 0; // it is counted when it is handed on
      return this.#parts.answerHttp(exchange, route);
    }
    exchange.kind = "function";
    exchange.route = { namespace, name, qualifier };
    if (body !== null) return this.#invoke(exchange, url, body);
    collectBody(exchange, this.#budget, (whole) => this.#invoke(exchange, url, whole));
  }

  #invoke(exchange: Exchange, url: FunctionUrl, body: Buffer): Promise<void> {
    return answerWithEvent(exchange, url, body, this.#parts.invoker).catch((error: unknown) => {
      this.#parts.onBug(error);
      exchange.fail(new PlatformError("InternalError", "The platform failed at this request; its log has the reason."));
    });
  }
}

/** Whatever is answered from now on, a refusal too, is for the pages that the URL's settings name. */
export function shapeForPages(exchange: Exchange, { settings: { cors } }: FunctionUrl): void {
  if (cors === null) return;
  const added = corsHeaders(cors, exchange.request.headers.origin);
  exchange.shapeHeaders = (pairs) => withCors(pairs, added);
}

/** Why this client gets nothing from the URL, whoever it is; null: it may go on. */
function refusalOfClient(exchange: Exchange, { isEnabled, name, settings }: FunctionUrl): Refusal | null {
  if (!isEnabled) {
    return refusal(
      403,
      "FunctionUrlClosed",
      `This function URL is turned off: open its trigger ${name} (UpdateTrigger, Enable OPEN).`,
      {
        setting: "Enable of the trigger",
      },
    );
  }
  const forwardedFor = exchange.request.headers["x-forwarded-for"];
  const isInside = isFromIntranet(exchange.connection.peer.address, [forwardedFor].flat().join(","));
  if (isInside ? settings.takesIntranet : settings.takesExtranet) return null;
  const setting = isInside ? "NetConfig.EnableIntranet" : "NetConfig.EnableExtranet";
  const from = isInside ? "private addresses" : "public addresses";
  return refusal(
    403,
    "AccessDenied",
    `This function URL does not take requests from ${from}: ${setting} of its trigger is false.`,
    {
      setting,
    },
  );
}

function nothingBehind({ namespace, functionName, qualifier }: FunctionUrl): Refusal {
  return refusal(
    404,
    "QualifierNotFound",
    `The function "${functionName}" in the namespace "${namespace}" has no version or alias ${qualifier} any more, which this function URL calls.`,
  );
}
