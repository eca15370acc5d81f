import { readPushPath, type PushTarget } from "../../../core/index.ts";
import { collectBody, type BodyBudget } from "../../collect-body.ts";
import type { Exchange } from "../../listener/exchange.ts";
import { refusal } from "../../listener/refusal.ts";
import { runGuarded } from "../request/run-guarded.ts";
import { processTag, type EventConnections } from "./event-connections.ts";
import { readPush, type Push } from "./socket-events.ts";

/** Asks the process that has a connection. */
export interface OtherHosts {
  /** Null: none of the other processes that run functions is meant. Rejects when it cannot be reached. */
  ask(isMeant: (hostId: string) => boolean, operation: string, body: string): Promise<Uint8Array | null>;
}

interface PushDoorParts {
  readonly connections: EventConnections;
  readonly tokenKey: Buffer;
  /** Null: there are no others. */
  readonly others: OtherHosts | null;
  onBug(error: unknown): void;
}

interface PushAnswer {
  readonly errNo: number;
  readonly errMsg: string;
}

/** Name of what processes ask each other. */
const operation = "web-socket-push";

/** Takes what functions push to clients of WebSocket APIs: `POST` at the path that the API has for it. */
export class PushDoor {
  readonly #parts: PushDoorParts;
  readonly #budget: BodyBudget = { bytes: 0 };

  constructor(parts: PushDoorParts) {
    this.#parts = parts;
  }

  /** What other processes may ask: pushes to connections of this one. */
  get operations(): Readonly<Record<string, (body: Buffer) => Promise<string>>> {
    return { [operation]: async (body) => JSON.stringify(this.#takeHere(body)) };
  }

  answer(exchange: Exchange, path: string): void {
    const target = readPushPath(this.#parts.tokenKey, path);
    if (target === null || exchange.request.method !== "POST") return exchange.refuse(wrongPath);
    collectBody(exchange, this.#budget, (body) =>
      runGuarded(exchange, this.#parts.onBug, async () => {
        const answer = await this.#take(body, target);
        exchange.reply(200, ["content-type", "application/json"], answer);
      }),
    );
  }

  /** The answer as JSON, from here or from the process that has the connection. */
  async #take(body: Buffer, target: PushTarget): Promise<string> {
    const push = readPush(body);
    if (push === null) return JSON.stringify(noPush);
    const { connections, others } = this.#parts;
    if (others === null || connections.isOwn(push.connectionId)) return JSON.stringify(this.#deliver(push, target));
    const isMeant = (hostId: string): boolean => processTag(hostId).equals(tagOf(push.connectionId));
    const asked = JSON.stringify({ ...target, push: body.toString() });
    const answer = await others.ask(isMeant, operation, asked);
    return answer === null ? JSON.stringify(unknown) : Buffer.from(answer).toString();
  }

  #takeHere(body: Buffer): PushAnswer {
    const { serviceId, apiId, push: text }: PushTarget & { readonly push: string } = JSON.parse(body.toString()); // of a process of ours
    const push = readPush(Buffer.from(text));
    return push === null ? noPush : this.#deliver(push, { serviceId, apiId });
  }

  #deliver(push: Push, target: PushTarget): PushAnswer {
    const connection = this.#parts.connections.find(push.connectionId, target);
    if (connection === null) return unknown;
    if (push.action === "closing") {
      connection.close(1000, "");
      return done;
    }
    const problem = connection.push(push.data, push.isBinary);
    return problem === null ? done : { errNo: 3, errMsg: problem };
  }
}

function tagOf(connectionId: string): Buffer {
  return Buffer.from(connectionId, "base64").subarray(0, processTag("").length);
}

const done: PushAnswer = { errNo: 0, errMsg: "ok" };
const noPush: PushAnswer = { errNo: 1, errMsg: "The body is no push." };
const unknown: PushAnswer = { errNo: 2, errMsg: "There is no such connection." };

const wrongPath = refusal(
  404,
  "NotFound",
  "Nothing can be pushed here: POST to the path that the functions of a WebSocket API have in GUST_WEBSOCKET_PUSH_PATH.",
);
