export { describeFullDisk, isDiskFull, saysDiskFull, walSegmentBytes } from "./disk-space.ts";
export { startEmbeddedServer } from "./server.ts";
