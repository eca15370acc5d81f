import { PlatformError, type FunctionVersion } from "../../core/index.ts";
import { memoryLimitReached } from "../instances/failures.ts";
import type { Instance } from "../instances/instance.ts";
import type { ServiceContext } from "./service-context.ts";

/** A server ended by itself, or by the host for its memory: what the status of its function says of it. What only the host knows goes to its log, too. */
export function explainEnd(
  instance: Instance,
  { start, clock }: Pick<ServiceContext, "start" | "clock">,
): PlatformError {
  const { name, spec }: FunctionVersion = instance.version;
  if (!instance.isShortOfMemory) {
    return new PlatformError("InstanceStartFailed", `The server of ${name} ended and is being started again`);
  }
  const { message, details } = memoryLimitReached(spec, null);
  const text = `The host ended the server of ${name}: ${message}. Setting: ${details.setting ?? ""}`;
  start.onLooseLine(instance.version, instance.id, { at: clock.now(), stream: "stderr", text });
  return new PlatformError("InstanceStartFailed", `${text}. It is being started again`);
}
