import type { PublishedApi } from "../../core/index.ts";
import { fakeServices, publishedApi, publishedService } from "./published-service.ts";
import { startGateway, type StartedGateway, type StartOptions } from "./started-gateway.ts";

/** A gateway with a service whose one API is `a`. */
export function startApi(api: Partial<PublishedApi>, options: StartOptions = {}): Promise<StartedGateway> {
  return startGateway({ ...options, apiGatewaySource: fakeServices(publishedService([publishedApi("a", api)])) });
}
