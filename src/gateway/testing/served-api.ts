import { createHmac } from "node:crypto";
import type { PublishedApi, UsagePlan } from "../../core/index.ts";
import { askService, running, type Ask } from "./ask-service.ts";
import { fakeServices, publishedApi, publishedService } from "./published-service.ts";
import { startGateway } from "./started-gateway.ts";

/** Of the API that `startServed` publishes. */
export const path = "/release/a";

export function hmac(id: string, secret: string, text: string, headers: string, algorithm = "sha1"): string {
  const signature = createHmac(algorithm, secret).update(text).digest("base64");
  return `hmac id="${id}", algorithm="hmac-${algorithm}", headers="${headers}", signature="${signature}"`;
}

/** Headers of a request that is signed with a key pair, as Tencent's examples do it. */
export function signed(id: string, secret: string, at = new Date(), algorithm = "sha1"): Record<string, string> {
  const [date, source] = [at.toUTCString(), "shop"];
  const authorization = hmac(id, secret, `x-date: ${date}\nsource: ${source}`, "x-date source", algorithm);
  return { "X-Date": date, Source: source, Authorization: authorization };
}

/** A usage plan with one key. */
export const plan = (settings: Partial<UsagePlan> = {}): UsagePlan => ({
  planId: "usagePlan-1",
  perSecond: null,
  quota: null,
  apiIds: null,
  keys: [{ secretId: "AKIDkey", secretKey: "its-secret" }],
  ...settings,
});

/** A gateway with one API, called `a`. */
export const startServed = (api: Partial<PublishedApi>, more: Parameters<typeof publishedService>[1] = {}) => {
  const source = fakeServices(publishedService([publishedApi("a", api)], more));
  return startGateway({ apiGatewaySource: source, invoke: running((event) => event) }).then((started) =>
    Object.assign(started, { source, get: (options: Ask = {}, of = path) => askService(started.port, of, options) }),
  );
};
