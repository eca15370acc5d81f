export type * from "./artifacts/artifacts.ts";
export type * from "./builds/build-records.ts";
export type * from "./domains/custom-domains.ts";
export { openInstallation, type Installation } from "./installation.ts";
export type * from "./layers/layer-versions.ts";
export { EncodedLines } from "./logs/encoded-lines.ts";
export { openStore } from "./open-store.ts";
export type * from "./store.ts";
export type * from "./triggers/trigger-records.ts";
