import { PlatformError } from "../../../core/index.ts";
import type { Exchange } from "../../listener/exchange.ts";

/** Runs what answers an exchange: its failure is the answer, a bug of ours costs this exchange alone. Never rejects. */
export async function runGuarded(
  exchange: Exchange,
  onBug: (error: unknown) => void,
  run: () => Promise<void> | void,
): Promise<void> {
  try {
    await run();
  } catch (error) {
    if (error instanceof PlatformError) return exchange.fail(error); // the store is away
    onBug(error);
    exchange.fail(new PlatformError("InternalError", "The platform failed at this request; its log has the reason."));
  }
}
