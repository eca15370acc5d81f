// @ts-check
import { createRequire } from "node:module";

/** Required, not imported: importing it looks at every export, and one of them loads all of Fetch (20 to 40 ms). */
export const { IncomingMessage, ServerResponse, validateHeaderName, validateHeaderValue } =
  /** @type {typeof import("node:http")} */ (createRequire(import.meta.url)("node:http"));
