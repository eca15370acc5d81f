import type { PublishedService } from "../../core/index.ts";

/** What the listeners read of the API gateway. Whoever changes a service, or what is bound to it, announces its id under `api-service`. */
export interface PublishedServices {
  /** Null: there is no such service. */
  load(serviceId: string): Promise<PublishedService | null>;
  loadAll(): Promise<readonly PublishedService[]>;
  /** Requests that each plan's keys have used, in all. */
  loadUse(): Promise<readonly PlanUse[]>;
  /** Adds to what was used; one call for many requests. */
  addUse(uses: readonly PlanUse[]): Promise<void>;
}

export interface PlanUse {
  readonly planId: string;
  readonly secretId: string;
  readonly requests: number;
}
