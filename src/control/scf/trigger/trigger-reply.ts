import type { z } from "zod";
import type { FunctionRecord, TriggerRecord } from "../../../store/index.ts";
import type { ActionContext } from "../../action.ts";
import type { trigger } from "../replies.ts";
import { formatTime } from "../time.ts";
import { apiDescOf } from "./api-trigger.ts";
import { urlDescOf, type UrlPlace } from "./function-url.ts";

/** A trigger as the API tells it. */
export function triggerReply(
  record: TriggerRecord,
  of: Pick<FunctionRecord, "namespace" | "name">,
  { account, config, origin }: Pick<ActionContext, "account" | "config" | "origin">,
): z.input<typeof trigger> {
  const place = { origin, baseDomain: config.baseDomain };
  return {
    TriggerName: record.name,
    Type: record.settings.kind,
    TriggerDesc: descOf(record, place),
    Qualifier: record.qualifier,
    Enable: record.isEnabled ? 1 : 0,
    CustomArgument: record.customArgument,
    Description: record.description,
    AvailableStatus: "Available",
    AddTime: formatTime(record.addTime),
    ModTime: formatTime(record.modTime),
    ResourceId: `qcs::scf:${config.region}:uin/${account.uin}:namespace/${of.namespace}/function/${of.name}/${record.name}`,
    BindStatus: "on",
    TriggerAttribute: "single",
  };
}

function descOf({ settings, hostLabel }: TriggerRecord, place: UrlPlace): string {
  return settings.kind === "http" ? urlDescOf(settings, hostLabel ?? "", place) : apiDescOf(settings, place);
}
