export type { TrafficStats } from "./access/traffic.ts";
export type { Api, SigningAccount } from "./api/api-door.ts";
export { createGateway, type Gateway, type GatewayConfig, type GatewayOptions } from "./gateway.ts";
