import type { ApiDoor, Api } from "./api/api-door.ts";
import type { PushDoor } from "./api-gateway/web-socket/push-door.ts";
import type { Exchange } from "./listener/exchange.ts";
import type { Handlers } from "./listener/listener.ts";
import { refusal } from "./listener/refusal.ts";
import { answerCode, answerCredentials, type FindCredentials } from "./platform-answers.ts";
import { routePlatform } from "./router.ts";

interface InsideDoorParts {
  readonly apiDoor: ApiDoor;
  readonly api: Pick<Api, "download">;
  readonly findCredentials: FindCredentials;
  readonly pushDoor: PushDoor;
  /** Counts and logs. */
  readonly accounts: Pick<Handlers, "onOver" | "onMalformed">;
}

/**
 * Answers what functions in boxes ask of the platform: the API, the packages that its links stand for, and their own credentials. No
 * function answers here, whatever host name is sent.
 */
export class InsideDoor implements Handlers {
  readonly #parts: InsideDoorParts;

  constructor(parts: InsideDoorParts) {
    this.#parts = parts;
  }

  onExchange(exchange: Exchange): void {
    const { request, head } = exchange;
    const destination = routePlatform(request.method ?? "", request.url ?? "", head);
    const { apiDoor, api, findCredentials, pushDoor } = this.#parts;
    if (destination.kind === "api") return apiDoor.answer(exchange);
    exchange.kind = "platform";
    if (destination.kind === "code") return void answerCode(exchange, api, destination.token);
    if (destination.kind === "credentials") return answerCredentials(exchange, findCredentials, destination.key);
    if (destination.kind === "web-socket-push") return pushDoor.answer(exchange, destination.path);
    exchange.kind = "refused";
    exchange.refuse(nothingElse);
  }

  takesUpgrade(): boolean {
    return false;
  }

  onUpgrade(exchange: Exchange): void {
    this.onExchange(exchange);
  }

  onOver(exchange: Exchange): void {
    this.#parts.accounts.onOver(exchange);
  }

  onMalformed(): void {
    this.#parts.accounts.onMalformed();
  }
}

const nothingElse = refusal(
  404,
  "NotFound",
  "From inside a function the cloud API answers here (POST /), and nothing else: call other functions with its action Invoke.",
);
