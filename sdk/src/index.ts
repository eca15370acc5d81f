export { GustClient, type CallOptions, type ClientOptions, type Fields } from "./client.ts";
export { GustApiError, GustConnectionError } from "./errors.ts";
export type { Callback, Context, EventHandler, NodeHandler, WebFunction, WebHandler } from "./handlers.ts";
export { authorizationOf, type Credentials, type SignedRequest } from "./signature.ts";
export { productVersions } from "./generated/product-versions.ts";
export * from "./generated/scf.ts";
