import type { AuthenticationProblem } from "../../core/index.ts";

const maxSkewS = 300;

/** A signature is good for five minutes around its time. `now` is in milliseconds since 1970. */
export function checkTimestamp(timestamp: string, now: number): AuthenticationProblem | null {
  if (!/^\d{1,12}$/.test(timestamp)) {
    return {
      code: "AuthFailure.SignatureExpire",
      message: "The timestamp is missing or is no number of seconds since 1970.",
    };
  }
  const skewS = Math.round(now / 1_000 - Number(timestamp));
  if (Math.abs(skewS) <= maxSkewS) return null;
  const side = skewS > 0 ? "behind" : "ahead of";
  return {
    code: "AuthFailure.SignatureExpire",
    message: `The timestamp is ${Math.abs(skewS)} s ${side} the server's clock; at most ${maxSkewS} s are allowed.`,
  };
}

/**
 * What a client may have signed as its host: with the port, without it (Node SDK), without the scheme that the
 * Python SDK leaves in the header, or with it.
 */
export function hostCandidates(authority: string): readonly string[] {
  const plain = authority.replace(/^https?:\/\//, "");
  const name = plain.replace(/:\d+$/, "");
  return [...new Set([authority, plain, name, `http://${plain}`])];
}
