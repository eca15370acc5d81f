import { GustApiError, GustConnectionError } from "./errors.ts";
import { scfVersion, type ActionMap, type ActionName } from "./generated/scf.ts";
import { authorizationOf } from "./signature.ts";
import { post, type PostReply } from "./transport.ts";

/** Where an installation answers, and the key to it. `gust up` leaves exactly this in `credentials.json`. */
export interface ClientOptions {
  /** E.g. `http://127.0.0.1:4878`. */
  readonly endpoint: string;
  readonly secretId: string;
  readonly secretKey: string;
  readonly region: string;
  /** Token of temporary credentials. */
  readonly token?: string | undefined;
}

export interface CallOptions {
  readonly signal?: AbortSignal | undefined;
  /** Told as a large request leaves: bytes sent so far, and all of them. */
  readonly onUpload?: ((sent: number, total: number) => void) | undefined;
  /** Another product of the API than `scf`, with its version. */
  readonly product?: { readonly service: string; readonly version: string } | undefined;
}

export type Fields = Readonly<Record<string, unknown>>;

const contentType = "application/json";

/**
 * Calls the management API of an installation, signed with TC3-HMAC-SHA256.
 * Errors of the API are `GustApiError`; where nothing answers, `GustConnectionError`.
 */
export class GustClient {
  readonly endpoint: string;
  readonly region: string;
  readonly #options: ClientOptions;

  constructor(options: ClientOptions) {
    this.#options = options;
    this.endpoint = options.endpoint.replace(/\/+$/, "");
    this.region = options.region;
  }

  /** Calls an action with the types of its declaration. */
  async request<Name extends ActionName>(
    action: Name,
    fields: ActionMap[Name]["request"],
    options: CallOptions = {},
  ): Promise<ActionMap[Name]["response"]> {
    const reply: unknown = await this.call(action, fields as Fields, options); // interfaces have no index signature
    return reply as ActionMap[Name]["response"]; // the server validates its replies against the same declaration
  }

  /** Calls any action by its name; the reply is what stands in `Response`. */
  async call(action: string, fields: Fields = {}, options: CallOptions = {}): Promise<Record<string, unknown>> {
    const body = JSON.stringify(fields);
    const url = this.#url();
    const headers = await this.#headers(action, url.host, body, options);
    const reply = await this.#post(url, headers, body, options);
    return this.#read(reply);
  }

  #url(): URL {
    try {
      return new URL("/", this.endpoint);
    } catch (cause) {
      throw new GustConnectionError(this.endpoint, "that is not a URL; write http://host:port", cause);
    }
  }

  async #headers(action: string, host: string, body: string, options: CallOptions): Promise<Record<string, string>> {
    const { service, version } = options.product ?? { service: "scf", version: scfVersion };
    const timestamp = Math.floor(Date.now() / 1_000);
    const token = this.#options.token;
    return {
      host,
      "content-type": contentType,
      authorization: await authorizationOf({ host, contentType, body, service, timestamp }, this.#options),
      "x-tc-action": action,
      "x-tc-version": version,
      "x-tc-region": this.#options.region,
      "x-tc-timestamp": String(timestamp),
      "x-tc-language": "en-US",
      "x-tc-requestclient": "GUST_SDK",
      ...(token === undefined ? {} : { "x-tc-token": token }),
    };
  }

  async #post(url: URL, headers: Record<string, string>, body: string, options: CallOptions): Promise<PostReply> {
    const { signal, onUpload } = options;
    try {
      return await post({ url, headers, body, signal, onUpload });
    } catch (cause) {
      if (signal?.aborted === true) throw cause;
      throw new GustConnectionError(this.endpoint, reasonOf(cause), cause);
    }
  }

  #read({ status, body }: PostReply): Record<string, unknown> {
    const reply = parseReply(body);
    if (reply === null) {
      throw new GustConnectionError(this.endpoint, `the answer (HTTP ${status}) is not one of the cloud API`);
    }
    const error = reply["Error"];
    if (isObject(error)) {
      throw new GustApiError(textIn(error, "Code"), textIn(error, "Message"), textIn(reply, "RequestId"));
    }
    return reply;
  }
}

/** The `Response` object of an envelope, or null when the text is none. */
function parseReply(text: string): Record<string, unknown> | null {
  try {
    const parsed: unknown = JSON.parse(text);
    return isObject(parsed) && isObject(parsed["Response"]) ? parsed["Response"] : null;
  } catch {
    return null; // not JSON
  }
}

function textIn(fields: Fields, name: string): string {
  const value = fields[name];
  return typeof value === "string" ? value : "";
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

const reasons: Readonly<Record<string, string>> = {
  ECONNREFUSED: "the connection was refused",
  ECONNRESET: "the connection was closed before the answer",
  EPIPE: "the connection was closed before the answer",
  ENOTFOUND: "the host is not known",
  EAI_AGAIN: "the name server does not answer",
  ETIMEDOUT: "the host does not answer",
  EHOSTUNREACH: "the host cannot be reached",
  ENETUNREACH: "the network cannot be reached",
  EPROTO: "what answers there does not speak TLS; write http://",
};

function reasonOf(cause: unknown): string {
  if (!(cause instanceof Error)) return String(cause);
  const code = "code" in cause ? String(cause.code) : "";
  return reasons[code] ?? (cause.message === "" ? code : cause.message);
}
