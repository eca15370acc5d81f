import { readPushPath, type PushTarget } from "../../../core/index.ts";
import { collectBody, type BodyBudget } from "../../function-url/collect-body.ts";
import type { Exchange } from "../../listener/exchange.ts";
import { refusal } from "../../listener/refusal.ts";
import type { EventConnections } from "./event-connections.ts";
import { readPush, type Push } from "./socket-events.ts";

/** Takes what functions push to clients of WebSocket APIs: `POST` at the path that the API has for it (reference 5.2). */
export class PushDoor {
  readonly #connections: EventConnections;
  readonly #tokenKey: Buffer;
  readonly #budget: BodyBudget = { bytes: 0 };

  constructor(connections: EventConnections, tokenKey: Buffer) {
    this.#connections = connections;
    this.#tokenKey = tokenKey;
  }

  answer(exchange: Exchange, path: string): void {
    const target = readPushPath(this.#tokenKey, path);
    if (target === null || exchange.request.method !== "POST") return exchange.refuse(wrongPath);
    collectBody(exchange, this.#budget, (body) => {
      const push = readPush(body);
      const problem = push === null ? { errNo: 1, errMsg: "The body is no push." } : this.#deliver(push, target);
      exchange.reply(200, ["content-type", "application/json"], JSON.stringify(problem ?? { errNo: 0, errMsg: "ok" }));
    });
  }

  #deliver(push: Push, target: PushTarget): { readonly errNo: number; readonly errMsg: string } | null {
    const connection = this.#connections.find(push.connectionId, target);
    if (connection === null) return { errNo: 2, errMsg: "There is no such connection." };
    if (push.action === "closing") {
      connection.close(1000, "");
      return null;
    }
    const problem = connection.push(push.data, push.isBinary);
    return problem === null ? null : { errNo: 3, errMsg: problem };
  }
}

const wrongPath = refusal(
  404,
  "NotFound",
  "Nothing can be pushed here: POST to the path that the functions of a WebSocket API have in GUST_WEBSOCKET_PUSH_PATH.",
);
