export { describeFullDisk, isDiskFull, saysDiskFull } from "./disk-space.ts";
export { startEmbeddedServer, type EmbeddedServer } from "./server.ts";
