import { createHmac, timingSafeEqual } from "node:crypto";
import { z } from "zod";
import type { Clock, Sha256 } from "../core/index.ts";
import type { Account } from "../store/index.ts";

const lifetimeMs = 10 * 60_000;

/** A code package that may be downloaded. */
export interface Download {
  readonly name: string;
  readonly sha256: Sha256;
}

const claim = z.object({
  name: z.string(),
  sha256: z.string().transform((text) => text as Sha256), // brand: we signed it
  expiresAt: z.number(),
});

/** Path of a link that holds for ten minutes: `/-/code/<what>.<signature>`. */
export function downloadPath(download: Download, account: Account, clock: Clock): string {
  const what = JSON.stringify({ ...download, expiresAt: clock.now() + lifetimeMs });
  const text = Buffer.from(what).toString("base64url");
  return `/-/code/${text}.${sign(text, account).toString("base64url")}`;
}

/** What a token allows to download; null when it was not made here, or is over its time. */
export function readDownloadToken(token: string, account: Account, clock: Clock): Download | null {
  const [text = "", signature = "", ...rest] = token.split(".");
  const expected = sign(text, account);
  const given = Buffer.from(signature, "base64url");
  if (rest.length > 0 || given.length !== expected.length || !timingSafeEqual(given, expected)) return null;
  const { name, sha256, expiresAt } = claim.parse(JSON.parse(Buffer.from(text, "base64url").toString("utf8")));
  return expiresAt > clock.now() ? { name, sha256 } : null;
}

function sign(text: string, account: Account): Buffer {
  return createHmac("sha256", `code download ${account.secretKey}`).update(text).digest();
}
