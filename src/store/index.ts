export type * from "./artifacts/artifacts.ts";
export { openInstallation } from "./installation.ts";
export { openStore } from "./open-store.ts";
export type * from "./store.ts";
