import type { EnvironmentName } from "./api-gateway/published-service.ts";
import { randomName, type TriggerId } from "./ids.ts";

/** What a function URL lets pages of other origins do; the words are those of the CORS headers. */
export interface CorsSettings {
  /** `*`, or origins like `https://example.com`; a `*` in front of a name stands for its subdomains. */
  readonly origins: readonly string[];
  readonly methods: readonly string[];
  readonly headers: readonly string[];
  readonly exposeHeaders: readonly string[];
  readonly maxAgeS: number;
  readonly allowsCredentials: boolean;
}

/** A function URL: who may call it, and from where. */
export interface FunctionUrlSettings {
  readonly kind: "http";
  /** `CAM`: requests are signed with TC3-HMAC-SHA256. */
  readonly authType: "NONE" | "CAM";
  /** Whether it answers public addresses. */
  readonly takesExtranet: boolean;
  /** Whether it answers private addresses and those of this host. */
  readonly takesIntranet: boolean;
  readonly cors: CorsSettings | null;
}

/** Which API of the API gateway leads to the function. What it is stands with the API alone: others change it, too. */
export interface ApiTriggerSettings {
  readonly kind: "apigw";
  readonly serviceId: string;
  readonly apiId: string;
  readonly environment: EnvironmentName;
}

/** What a trigger does, by its type; grows with them. */
export type TriggerSettings = FunctionUrlSettings | ApiTriggerSettings;

export function newTriggerId(): TriggerId {
  return `trg-${randomName(10)}` as TriggerId; // brand: made here
}
