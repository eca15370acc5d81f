export * from "./api.ts";
export * from "./clock.ts";
export * from "./errors.ts";
export * from "./function.ts";
export * from "./ids.ts";
export * from "./invocation.ts";
export * from "./limits.ts";
export * from "./log.ts";
