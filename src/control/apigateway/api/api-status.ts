import { z } from "zod";
import type { ApiRecord } from "../../../store/index.ts";
import { times, timesOf } from "../fields.ts";

/** An API in lists. */
export const apiStatus = z
  .object({
    ServiceId: z.string().describe("Id of its service"),
    ApiId: z.string().describe("Id of the API"),
    ApiName: z.string().describe("Its name"),
    ApiDesc: z.string().describe("Its description"),
    Path: z.string().describe("Its path, as it was given"),
    Method: z.string().describe("Its method"),
    Protocol: z.string().describe("`HTTP` or `WEBSOCKET`"),
    ApiType: z.string().describe("`NORMAL`"),
    AuthType: z.string().describe("`NONE`, `SECRET`, `APP` or `OAUTH`"),
    ApiBusinessType: z.string().describe("`OAUTH` for an API that gives tokens, `NORMAL` for others"),
    AuthRelationApiId: z.string().describe("The API whose key checks the tokens that this one asks for"),
    ...times,
  })
  .meta({ id: "ApiIdStatus" });

export function apiStatusOf(api: ApiRecord): z.input<typeof apiStatus> {
  const { definition, given } = api;
  const text = (name: string, preset = "") => (typeof given[name] === "string" ? given[name] : preset);
  return {
    ServiceId: api.serviceId,
    ApiId: api.apiId,
    ApiName: definition.name,
    ApiDesc: text("ApiDesc"),
    Path: pathOf(api),
    Method: definition.method,
    Protocol: definition.protocol,
    ApiType: "NORMAL",
    AuthType: text("AuthType", "NONE"),
    ApiBusinessType: text("ApiBusinessType", "NORMAL"),
    AuthRelationApiId: api.authorizedBy ?? "",
    ...timesOf(api),
  };
}

/** As it was given: an exact path begins with `=`. */
export function pathOf({ definition }: ApiRecord): string {
  return `${definition.isExactPath ? "=" : ""}${definition.path}`;
}
