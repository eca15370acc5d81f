import { PlatformError, type TemporaryCredentials } from "../core/index.ts";
import type { Api, ApiDoor } from "./api/api-door.ts";
import type { PushDoor } from "./api-gateway/web-socket/push-door.ts";
import type { Exchange } from "./listener/exchange.ts";
import { refusal } from "./listener/refusal.ts";
import type { PlatformDestination } from "./router.ts";

/** What the platform answers with. */
export interface PlatformParts {
  readonly apiDoor: ApiDoor;
  readonly api: Pick<Api, "download">;
  readonly findCredentials: FindCredentials;
  readonly pushDoor: PushDoor;
  readonly isReady: () => Promise<boolean>;
  readonly isReadyAlone: boolean;
  isClosing(): boolean;
  /** Null where functions answer here. */
  functionsAt(): readonly string[] | null;
}

/** Answers what is for no function. */
export function answerAsPlatform(exchange: Exchange, destination: PlatformDestination, parts: PlatformParts): void {
  exchange.kind = "platform";
  switch (destination.kind) {
    case "api":
      return parts.apiDoor.answer(exchange);
    case "health":
      return answerHealth(exchange);
    case "ready":
      return void answerReady(exchange, parts);
    case "welcome":
      return answerWelcome(exchange, parts.functionsAt());
    case "code":
      return void answerCode(exchange, parts.api, destination.token);
    case "credentials":
      return answerCredentials(exchange, parts.findCredentials, destination.key);
    case "proof":
      return answerProof(exchange, destination.text);
    case "web-socket-push":
      return parts.pushDoor.answer(exchange, destination.path);
    case "redirect":
      return answerRedirect(exchange, destination.location);
    case "refusal":
      exchange.kind = "refused";
      return exchange.refuse(destination);
  }
}

const plainText = ["content-type", "text/plain; charset=utf-8"];
const noStore = ["cache-control", "no-store"];

/** `/healthz`: the process is alive. */
function answerHealth(exchange: Exchange): void {
  exchange.reply(200, [...plainText, ...noStore], "ok\n");
}

/**
 * `/readyz`: 200 when the listener takes connections and the database answers (unless what is for here goes on without it); each part by
 * name.
 */
async function answerReady(exchange: Exchange, parts: PlatformParts): Promise<void> {
  const isClosing = parts.isClosing();
  const database = await parts.isReady();
  const isReady = (database || parts.isReadyAlone) && !isClosing;
  const body = {
    ready: isReady,
    parts: { database: database ? "up" : "down", listener: isClosing ? "closing" : "up" },
  };
  exchange.reply(isReady ? 200 : 503, ["content-type", "application/json", ...noStore], `${JSON.stringify(body)}\n`);
}

/** `/`: what this is, for whoever opens it in a browser. */
function answerWelcome(exchange: Exchange, functionsAt: readonly string[] | null): void {
  const where =
    functionsAt === null ? "" : ` of processes with the role data: ${functionsAt.join(", ") || "none runs"}`;
  const text = `This is Gust, a serverless platform that speaks the cloud API of Tencent SCF.

Functions answer at their domain or at /~<namespace>/<name>/${where}.
The cloud API answers POST / (endpoint: ${exchange.head.authority.replace(/[^\x20-\x7e]/g, "")}).
/healthz and /readyz say how the server is.
`;
  exchange.reply(200, plainText, text);
}

/** A path without its last slash would break relative links in the function's pages. */
function answerRedirect(exchange: Exchange, location: string): void {
  exchange.reply(308, [...plainText, "location", location], `See ${location}\n`);
}

/** What an authority of certificates looks for at a custom domain. */
function answerProof(exchange: Exchange, text: string): void {
  exchange.reply(200, ["content-type", "application/octet-stream", ...noStore], text);
}

/** `/-/code/<token>`: the package that a link of GetFunctionAddress stands for. */
async function answerCode(exchange: Exchange, api: Pick<Api, "download">, token: string): Promise<void> {
  try {
    const found = await api.download(token);
    if (found === null) {
      exchange.refuse(
        refusal(404, "LinkExpired", "This link is wrong or too old. GetFunctionAddress gives a new one."),
      );
      return;
    }
    const name = found.name.replace(/[^A-Za-z0-9._-]/g, "_");
    const pairs = [
      "content-type",
      "application/zip",
      "content-disposition",
      `attachment; filename="${name}"`,
      ...noStore,
    ];
    exchange.reply(200, pairs, found.body);
  } catch (error) {
    const known =
      error instanceof PlatformError ? error : new PlatformError("InternalError", "The package could not be read.");
    exchange.fail(known);
  }
}

/** Tells a running instance its present credentials; null where the key is no living instance's, or the caller another. */
export type FindCredentials = (key: string, callerAddress: string) => TemporaryCredentials | null;

/** `/-/credentials/<key>`: in the words of Tencent's metadata service, which clients know how to read. */
function answerCredentials(exchange: Exchange, find: FindCredentials, key: string): void {
  const found = find(key, exchange.connection.peer.address);
  if (found === null) {
    const sentence = "This address belongs to no instance that runs now, or not to the one that asks.";
    exchange.refuse(refusal(404, "NoSuchInstance", sentence));
    return;
  }
  const body = {
    TmpSecretId: found.secretId,
    TmpSecretKey: found.secretKey,
    Token: found.token,
    ExpiredTime: found.expiresAt / 1_000,
    Expiration: new Date(found.expiresAt).toISOString(),
    Code: "Success",
  };
  exchange.reply(200, ["content-type", "application/json", ...noStore], `${JSON.stringify(body)}\n`);
}
