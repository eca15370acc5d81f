export { createFunctionLogs } from "./function-logs.ts";
export { createLogger } from "./logger.ts";
export type { FunctionLogs, InstanceLog, InvocationLog } from "./telemetry.ts";
