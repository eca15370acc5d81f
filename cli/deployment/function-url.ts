import type { Trigger } from "../../sdk/src/index.ts";

/** A function URL, as a person reads it. */
export interface FunctionUrl {
  readonly url: string;
  readonly authType: string;
  /** What does not hold for every URL: empty for one that is open to everybody. */
  readonly notes: readonly string[];
}

/** Reads a trigger of type `http`. */
export function functionUrlOf(trigger: Pick<Trigger, "TriggerDesc" | "Enable">): FunctionUrl {
  const { AuthType: authType, NetConfig: net } = JSON.parse(trigger.TriggerDesc);
  const url = String(net.ExtranetUrl || net.IntranetUrl || "closed");
  const notes = [
    ...(authType === "CAM" ? ["signed requests alone (CAM)"] : []),
    ...(net.EnableExtranet ? [] : ["not from public addresses"]),
    ...(net.EnableIntranet ? [] : ["not from private addresses"]),
    ...(trigger.Enable === 1 ? [] : ["turned off"]),
  ];
  return { url, authType, notes };
}
