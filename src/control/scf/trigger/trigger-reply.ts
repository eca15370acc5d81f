import type { z } from "zod";
import type { FunctionRecord, TriggerRecord } from "../../../store/index.ts";
import type { ActionContext } from "../../action.ts";
import type { trigger } from "../replies.ts";
import { formatTime } from "../time.ts";
import { apiDescOf } from "./api-desc.ts";
import { urlDescOf } from "./function-url.ts";

/** A trigger as the API tells it. */
export async function triggerReply(
  record: TriggerRecord,
  of: Pick<FunctionRecord, "namespace" | "name">,
  context: ReplyContext,
): Promise<z.input<typeof trigger>> {
  const { account, config } = context;
  const { desc, isAvailable } = await described(record, context);
  return {
    TriggerName: record.name,
    Type: record.settings.kind,
    TriggerDesc: desc,
    Qualifier: record.qualifier,
    Enable: record.isEnabled ? 1 : 0,
    CustomArgument: record.customArgument,
    Description: record.description,
    AvailableStatus: isAvailable ? "Available" : "Unavailable",
    AddTime: formatTime(record.addTime),
    ModTime: formatTime(record.modTime),
    ResourceId: `qcs::scf:${config.region}:uin/${account.uin}:namespace/${of.namespace}/function/${of.name}/${record.name}`,
    BindStatus: "on",
    TriggerAttribute: "single",
  };
}

type ReplyContext = Pick<ActionContext, "account" | "config" | "functionsOrigin" | "store">;

/** What stands now: a function URL is its trigger, an API is changed and deleted by others, too. */
async function described(
  { settings, hostLabel }: TriggerRecord,
  { config, functionsOrigin, store }: ReplyContext,
): Promise<{ readonly desc: string; readonly isAvailable: boolean }> {
  const place = { origin: functionsOrigin, baseDomain: config.baseDomain };
  if (settings.kind === "http") return { desc: urlDescOf(settings, hostLabel ?? "", place), isAvailable: true };
  const { services, apis } = store.apiGateway;
  const service = await services.find(settings.serviceId);
  const api = await apis.find(settings.serviceId, settings.apiId);
  return { desc: apiDescOf(settings, { service, api }, place), isAvailable: service !== null && api !== null };
}
