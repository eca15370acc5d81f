import { PlatformError } from "../../core/index.ts";
import type { CallHead } from "./channel.ts";
import { maxDataBytes, maxFrameLength } from "./codec/frames.ts";
import { makeStringList, type StringList } from "./codec/string-list.ts";

/** The strings of a CALL; throws `RequestTooLarge` when the frame could not hold them. */
export function headStrings(head: CallHead): StringList {
  const { kind, requestId, pairs } = head;
  const strings = makeStringList(
    kind === "http" ? [requestId, head.method ?? "GET", head.target ?? "/", ...pairs] : [requestId, ...pairs],
  );
  if (strings === null || strings.bytes > maxFrameLength - 2 * maxDataBytes) {
    throw new PlatformError("RequestTooLarge", "The request head does not fit into a frame of 1 MiB", {
      limit: "frame of the sandbox channel",
      value: "1 MiB",
    });
  }
  return strings;
}

/** Size of a body; a text over the inline limit is not measured exactly, it is sent as DATA anyway. */
export function bytesOf(body: Uint8Array | string): number {
  if (typeof body !== "string") return body.length;
  return body.length > maxDataBytes ? body.length : Buffer.byteLength(body);
}
