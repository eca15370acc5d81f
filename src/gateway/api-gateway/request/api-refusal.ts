import type { Exchange } from "../../listener/exchange.ts";

/** A request that the API gateway turns down, in the words of Tencent's, which clients and their users look for. */
export interface ApiRefusal {
  readonly kind: "api-refusal";
  readonly status: number;
  readonly message: string;
  /** Further response headers. */
  readonly pairs: readonly string[];
}

export function apiRefusal(status: number, message: string, pairs: readonly string[] = []): ApiRefusal {
  return { kind: "api-refusal", status, message, pairs };
}

/** `{"message":"…"}`, and nothing is run. */
export function refuseRequest(exchange: Exchange, { status, message, pairs }: ApiRefusal): void {
  exchange.scfStatus = status;
  exchange.convert = null; // that is for others' answers
  if (exchange.api !== null) exchange.api.errorMessage = message;
  exchange.reply(status, ["content-type", "application/json", ...pairs], JSON.stringify({ message }));
}
