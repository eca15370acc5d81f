export type * from "./artifacts/artifacts.ts";
export { openInstallation, type Installation } from "./installation.ts";
export { openStore, type StoreOptions } from "./open-store.ts";
export type * from "./store.ts";
