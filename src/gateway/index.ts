export { createGateway, type Gateway } from "./gateway.ts";
export { FunctionUrls } from "./routes/function-urls.ts";
export type { GatewayOptions } from "./gateway-options.ts";
export { apiOperations, RemoteApi } from "./hosts/remote-api.ts";
