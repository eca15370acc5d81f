import { z } from "zod";
import type { GustClient } from "../../sdk/src/index.ts";

const product = { service: "gust", version: "2026-11-24" } as const;
const status = z.object({
  versions: z.array(
    z.object({
      namespace: z.string(),
      name: z.string(),
      form: z.enum(["event", "http", "service"]),
      instances: z.object({ busy: z.int() }),
    }),
  ),
});

/** Functions with calls now, each once, as people call them; of a service those are its open connections, too. */
export async function busyFunctions(client: GustClient, signal: AbortSignal): Promise<string[]> {
  const { Status: said } = await client.call("GetStatus", {}, { product, signal });
  const busy = status.parse(said).versions.filter(({ instances }) => instances.busy > 0);
  const names = busy.map(({ namespace, name, form }) => {
    const full = namespace === "default" ? name : `${namespace}/${name}`;
    return form === "service" ? `the service ${full}` : full;
  });
  return [...new Set(names)];
}
