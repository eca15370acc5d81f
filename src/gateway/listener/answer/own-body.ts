/** Bodies up to this size leave as one string together with their head, in one write. */
const singleWriteBytes = 4_096;

/** A body of its own: what came from a sandbox is valid during the call only. */
export function ownBody(body: Buffer | string): Buffer | string {
  if (typeof body === "string") return body;
  return body.length <= singleWriteBytes ? body.toString("latin1") : Buffer.from(body);
}
