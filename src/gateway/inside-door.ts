import type { Exchange } from "./listener/exchange.ts";
import type { Handlers } from "./listener/listener.ts";
import { refusal } from "./listener/refusal.ts";
import { answerAsPlatform, type PlatformParts } from "./platform-answers.ts";
import { routePlatform, type PlatformDestination } from "./router.ts";

const answered: ReadonlySet<PlatformDestination["kind"]> = new Set(["api", "code", "credentials", "web-socket-push"]);

/**
 * Answers what functions in boxes ask of the platform: the API, the packages that its links stand for, their own credentials, and pushes to
 * WebSockets. No function answers here, whatever host name is sent.
 */
export class InsideDoor implements Handlers {
  readonly #platform: PlatformParts;
  readonly #accounts: Pick<Handlers, "onOver" | "onMalformed">;

  /** @param accounts counts and logs */
  constructor(platform: PlatformParts, accounts: Pick<Handlers, "onOver" | "onMalformed">) {
    this.#platform = platform;
    this.#accounts = accounts;
  }

  onExchange(exchange: Exchange): void {
    const { request, head } = exchange;
    const destination = routePlatform(request.method, request.url, head);
    if (answered.has(destination.kind)) return answerAsPlatform(exchange, destination, this.#platform);
    exchange.refuse(nothingElse);
  }

  takesUpgrade(): boolean {
    return false;
  }

  onUpgrade(exchange: Exchange): void {
    this.onExchange(exchange);
  }

  onOver(exchange: Exchange): void {
    this.#accounts.onOver(exchange);
  }

  onMalformed(): void {
    this.#accounts.onMalformed();
  }
}

const nothingElse = refusal(
  404,
  "NotFound",
  "From inside a function the cloud API answers here (POST /), and nothing else: call other functions with its action Invoke.",
);
