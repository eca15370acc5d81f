import http from "node:http";
import https from "node:https";

/** A POST that is ready to be sent. */
export interface PostRequest {
  readonly url: URL;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
  readonly signal?: AbortSignal | undefined;
  /** Told as the body leaves: bytes sent so far, and all of them. */
  readonly onUpload?: ((sent: number, total: number) => void) | undefined;
}

export interface PostReply {
  readonly status: number;
  readonly body: string;
}

const chunkBytes = 64 * 1024;

/**
 * Sends a request and reads the whole reply. Without a time limit of its own, because a synchronous call of a
 * function may take as long as the function may: `signal` ends it.
 */
export function post(request: PostRequest): Promise<PostReply> {
  const { url, signal } = request;
  const body = Buffer.from(request.body);
  return new Promise((resolve, reject) => {
    const open = url.protocol === "https:" ? https.request : http.request;
    const headers = { ...request.headers, "content-length": body.length };
    const call = open(url, { method: "POST", headers, ...(signal === undefined ? {} : { signal }) });
    call.once("error", reject);
    call.once("response", (reply) => {
      const chunks: Buffer[] = [];
      reply.on("data", (chunk: Buffer) => chunks.push(chunk));
      reply.once("error", reject);
      reply.once("end", () => resolve({ status: reply.statusCode ?? 0, body: Buffer.concat(chunks).toString() }));
    });
    send(call, body, request.onUpload);
  });
}

/** Writes in steps with the socket's pace, so that progress is what has left and not what is buffered. */
function send(call: http.ClientRequest, body: Buffer, onUpload: PostRequest["onUpload"]): void {
  if (onUpload === undefined) {
    call.end(body);
    return;
  }
  let sent = 0;
  const next = (): void => {
    while (sent < body.length) {
      const chunk = body.subarray(sent, sent + chunkBytes);
      sent += chunk.length;
      const goesOn = call.write(chunk);
      onUpload(sent, body.length);
      if (!goesOn) {
        call.once("drain", next);
        return;
      }
    }
    call.end();
  };
  next();
}
