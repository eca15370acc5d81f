import type { EnvironmentName } from "../../core/index.ts";

/** Which API of the API gateway a request was for, as its log tells it; only its service is known where it matched none. */
export interface ApiOfRequest {
  readonly serviceId: string;
  readonly apiId: string;
  readonly environment: EnvironmentName | "";
}
