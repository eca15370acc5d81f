import { PlatformError } from "../../core/index.ts";
import type { CallHead } from "./channel.ts";
import { encodedHeaders } from "./codec/encoded-headers.ts";
import { maxDataBytes, maxFrameLength } from "./codec/frames.ts";
import { makeStringList, maxStrings, type EncodedStrings, type StringList } from "./codec/string-list.ts";

/** The strings of a CALL: its own, and those it shares with others. */
export interface HeadStrings {
  readonly own: StringList;
  readonly shared: EncodedStrings | null;
  /** Size in the frame. */
  readonly bytes: number;
}

/** Throws `RequestTooLarge` when the frame could not hold them. */
export function headStrings(head: CallHead): HeadStrings {
  const { kind, requestId, pairs } = head;
  const own = makeStringList(
    kind === "http" ? [requestId, head.method ?? "GET", head.target ?? "/", ...pairs] : [requestId, ...pairs],
  );
  if (own === null) throw tooLarge();
  if (head.shared === undefined) return checked(own, null, own.bytes);
  const shared = encodedHeaders(head.shared);
  if (shared === null || own.strings.length + shared.count > maxStrings) throw tooLarge();
  return checked(own, shared, own.bytes + shared.lengths.length + shared.text.length);
}

function checked(own: StringList, shared: EncodedStrings | null, bytes: number): HeadStrings {
  if (bytes > maxFrameLength - 2 * maxDataBytes) throw tooLarge();
  return { own, shared, bytes };
}

function tooLarge(): PlatformError {
  return new PlatformError("RequestTooLarge", "The request head does not fit into a frame of 1 MiB", {
    limit: "frame of the sandbox channel",
    value: "1 MiB",
  });
}

/** Size of a body; a text over the inline limit is not measured exactly, it is sent as DATA anyway. */
export function bytesOf(body: Uint8Array | string): number {
  if (typeof body !== "string") return body.length;
  return body.length > maxDataBytes ? body.length : Buffer.byteLength(body);
}
