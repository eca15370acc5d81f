/** Who signs. `token` belongs to temporary credentials. */
export interface Credentials {
  readonly secretId: string;
  readonly secretKey: string;
  readonly token?: string | undefined;
}

/** What TC3-HMAC-SHA256 signs of a request. */
export interface SignedRequest {
  /** Host header as the server sees it. */
  readonly host: string;
  readonly contentType: string;
  readonly body: string;
  /** Product, e.g. `scf`. */
  readonly service: string;
  /** Seconds since 1970. */
  readonly timestamp: number;
}

const signedHeaders = "content-type;host";

/** The `Authorization` header of a POST to `/`, by TC3-HMAC-SHA256. */
export async function authorizationOf(request: SignedRequest, { secretId, secretKey }: Credentials): Promise<string> {
  const { host, contentType, body, service, timestamp } = request;
  const canonical = [
    "POST",
    "/",
    "",
    `content-type:${contentType}\nhost:${host}\n`,
    signedHeaders,
    hex(await sha256(body)),
  ].join("\n");
  const date = new Date(timestamp * 1_000).toISOString().slice(0, 10);
  const scope = `${date}/${service}/tc3_request`;
  const text = `TC3-HMAC-SHA256\n${timestamp}\n${scope}\n${hex(await sha256(canonical))}`;
  let key: ArrayBuffer | Uint8Array<ArrayBuffer> = utf8(`TC3${secretKey}`);
  for (const part of [date, service, "tc3_request"]) key = await hmac(key, part);
  const signature = hex(await hmac(key, text));
  return `TC3-HMAC-SHA256 Credential=${secretId}/${scope}, SignedHeaders=${signedHeaders}, Signature=${signature}`;
}

function utf8(text: string): Uint8Array<ArrayBuffer> {
  return new TextEncoder().encode(text);
}

function sha256(text: string): Promise<ArrayBuffer> {
  return crypto.subtle.digest("SHA-256", utf8(text));
}

async function hmac(secret: ArrayBuffer | Uint8Array<ArrayBuffer>, text: string): Promise<ArrayBuffer> {
  const key = await crypto.subtle.importKey("raw", secret, { name: "HMAC", hash: "SHA-256" }, false, ["sign"]);
  return crypto.subtle.sign("HMAC", key, utf8(text));
}

function hex(bytes: ArrayBuffer): string {
  return Array.from(new Uint8Array(bytes), (byte) => byte.toString(16).padStart(2, "0")).join("");
}
