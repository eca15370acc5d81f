// @ts-check
import { setFlagsFromString } from "node:v8";

/** Functions with more are left to V8's own pace. */
const smallMb = 256;

/**
 * Has garbage of a small function collected before it fills the function's memory. V8 measures its heap by the host, because a runtime is
 * started before anybody knows its function, and lets it grow to several times what is alive: measured, a function of 128 MB with 160,000 small
 * objects that come and go was ended by the box in 5 of 25 calls, and in none since. No limit can be set any more, but the pace can; the young
 * generation stays as small as it begins, too, because small objects there hold large bodies.
 * For the time after loading: V8 takes no code cache that was written with other flags.
 * @param {number} memoryMb
 */
export function boundHeapGrowth(memoryMb) {
  if (memoryMb > smallMb) return;
  setFlagsFromString("--heap-growing-percent=50");
  setFlagsFromString("--semi-space-growth-factor=1");
}
