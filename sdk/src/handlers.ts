import type { IncomingMessage, ServerResponse } from "node:http";

/** What an event function is told about its call: the second argument of `main_handler`. */
export interface Context {
  readonly request_id: string;
  readonly function_name: string;
  readonly function_version: string;
  readonly namespace: string;
  readonly memory_limit_in_mb: number;
  readonly time_limit_in_ms: number;
  /** The function's own environment variables, as JSON text. */
  readonly environment: string;
  /** The same as `KEY=value;KEY=value`. */
  readonly environ: string;
  readonly tencentcloud_region: string;
  readonly tencentcloud_appid: string;
  readonly tencentcloud_uin: string;
}

/** Third argument of an event function that answers with a callback. */
export type Callback<Result = unknown> = (error: Error | string | null, result?: Result) => void;

/** An event function: `export const main_handler: EventHandler<{ name: string }> = async (event) => …`. */
export type EventHandler<Event = unknown, Result = unknown> = (
  event: Event,
  context: Context,
  callback: Callback<Awaited<Result>>,
) => Result | Promise<Result> | void;

/** An HTTP function in the web's own shape: `export default { fetch } satisfies WebFunction`. */
export type WebHandler = (request: Request) => Response | Promise<Response>;

/** A default export that Gust, and other platforms, take for an HTTP function. */
export interface WebFunction {
  readonly fetch: WebHandler;
}

/** An HTTP function in Node's shape. */
export type NodeHandler = (request: IncomingMessage, response: ServerResponse) => unknown;
