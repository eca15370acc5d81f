export { describeFullDisk, isDiskFull, saysDiskFull } from "./disk-space.ts";
export { startEmbeddedServer } from "./server.ts";
