import { PlatformError, type ApiCall, type Host, type RequestId } from "../../core/index.ts";
import { HostOutOfReach, type HostClient, type HostOperation } from "../../scheduler/index.ts";
import type { Api } from "../api/api-door.ts";

interface RemoteApiOptions {
  /** Processes that answer the API, the likeliest first. */
  readonly controls: () => readonly Host[];
  readonly suspect: (host: Host) => void;
  readonly client: HostClient;
  /** The envelope of a call that no process answered. */
  readonly unanswered: (message: string, requestId: RequestId) => string;
}

/** The management API where another process of the installation has it. */
export class RemoteApi implements Api {
  readonly #options: RemoteApiOptions;

  constructor(options: RemoteApiOptions) {
    this.#options = options;
  }

  async call(call: ApiCall, options: { signal: AbortSignal }): Promise<string> {
    try {
      return (await this.#ask("api", encodeCall(call), options)).toString("utf8");
    } catch (error) {
      return this.#options.unanswered(error instanceof Error ? error.message : String(error), call.requestId);
    }
  }

  async download(token: string): Promise<{ name: string; body: Buffer } | null> {
    const answer = await this.#ask("download", token, { signal: AbortSignal.timeout(downloadMs) });
    if (answer.length === 0) return null;
    const end = answer.indexOf(lineFeed);
    return { name: answer.toString("utf8", 0, end), body: answer.subarray(end + 1) };
  }

  async #ask(operation: string, body: Uint8Array | string, options: { signal: AbortSignal }): Promise<Buffer> {
    const { controls, client, suspect } = this.#options;
    for (const host of controls()) {
      try {
        return await client.ask(host, operation, body, options);
      } catch (error) {
        if (!(error instanceof HostOutOfReach)) throw error;
        suspect(host);
      }
    }
    throw new PlatformError("InsufficientResources", noControl, { setting: "GUST_ROLES", retryAfterS: 2 });
  }
}

/** What a process with the API does for those without. */
export function apiOperations(api: Api): Readonly<Record<string, HostOperation>> {
  return {
    api: (body, options) => api.call(decodeCall(body), options),
    download: async (token) => {
      const found = await api.download(token.toString("utf8"));
      return found === null ? "" : Buffer.concat([Buffer.from(`${found.name}\n`), found.body]);
    },
  };
}

const downloadMs = 60_000;
const lineFeed = 10;
const noControl =
  "The cloud API does not answer now: no process with the role control is in reach. Functions go on; try this again when one runs.";

/** A line of JSON, and then the body as it came. */
function encodeCall({ fields, ...rest }: ApiCall): Buffer {
  const pairs = fields.kind === "flat" ? [...fields.pairs] : null;
  const body = fields.kind === "json" ? fields.body : Buffer.alloc(0);
  return Buffer.concat([Buffer.from(`${JSON.stringify({ ...rest, pairs })}\n`), body]);
}

function decodeCall(encoded: Buffer): ApiCall {
  const end = encoded.indexOf(lineFeed);
  // of a process of ours
  const { pairs, ...rest } = JSON.parse(encoded.toString("utf8", 0, end)) as Omit<ApiCall, "fields"> & {
    readonly pairs: readonly (readonly [string, string])[] | null;
  };
  if (pairs !== null) return { ...rest, fields: { kind: "flat", pairs: new Map(pairs) } };
  return { ...rest, fields: { kind: "json", body: Buffer.from(encoded.subarray(end + 1)) } };
}
