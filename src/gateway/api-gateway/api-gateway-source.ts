import type { ApiGatewayTables, Changes, EventQueue, FunctionTable } from "../../store/index.ts";

/** What the gateway needs of the store to answer for services of the API gateway. */
export interface ApiGatewaySource {
  readonly apiGateway: Pick<ApiGatewayTables, "published">;
  readonly changes: Pick<Changes, "subscribe">;
  /** Where events go whose callers do not wait. */
  readonly functions: Pick<FunctionTable, "find">;
  readonly events: Pick<EventQueue, "accept">;
}
