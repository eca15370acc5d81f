import { isFromIntranet } from "../../client-net.ts";
import type { Exchange } from "../../listener/exchange.ts";
import type { CompiledService } from "../services/compiled-service.ts";
import { apiRefusal, type ApiRefusal } from "./api-refusal.ts";

/** Why this client gets nothing from the service, whichever API it asks for; null: it may go on. */
export function refusalOfClient({ request, connection, head }: Exchange, service: CompiledService): ApiRefusal | null {
  const { protocol, takesExtranet, takesIntranet } = service.published;
  const { address, isTls } = connection.peer;
  if (protocol === "https" && !isTls) return apiRefusal(404, "Not allow use HTTP protocol.");
  if (protocol === "http" && isTls) return apiRefusal(404, "Not allow use HTTPS protocol.");
  const isPublic = takesExtranet && service.domain(head.hostName)?.netType !== "INNER";
  if (isPublic) return null; // what is public is so for neighbours, too
  const isInside = isFromIntranet(address, [request.headers["x-forwarded-for"]].flat().join(","));
  return isInside && takesIntranet ? null : apiRefusal(403, "Your IP address is not allowed.");
}
