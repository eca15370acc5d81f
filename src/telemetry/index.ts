export { createApiLogs } from "./api-logs.ts";
export { createFunctionLogs } from "./function-logs.ts";
export { createLogger } from "./logger.ts";
export type { ApiLogs, FunctionLogs, InstanceLog, InvocationLog } from "./telemetry.ts";
