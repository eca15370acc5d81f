import assert from "node:assert/strict";
import { once } from "node:events";
import { scf } from "tencentcloud-sdk-nodejs-scf";
import type { RunningServer } from "../running-server.ts";

/** Tencent's own client, unmodified. */
export type ScfClient = InstanceType<typeof scf.v20180416.Client>;

export interface ClientSettings {
  readonly secretId?: string;
  readonly secretKey?: string;
  readonly signMethod?: "TC3-HMAC-SHA256" | "HmacSHA1" | "HmacSHA256";
  readonly reqMethod?: "GET" | "POST";
}

// The SDK would send calls to 127.0.0.1 through a proxy that the machine has for others.
delete process.env["http_proxy"];

export function scfClient({ url, credentials }: RunningServer, settings: ClientSettings = {}): ScfClient {
  const { secretId, secretKey, region } = credentials;
  return new scf.v20180416.Client({
    credential: { secretId: settings.secretId ?? secretId, secretKey: settings.secretKey ?? secretKey },
    region,
    profile: {
      signMethod: settings.signMethod ?? "TC3-HMAC-SHA256",
      httpProfile: {
        endpoint: new URL(url).host,
        protocol: "http://",
        reqMethod: settings.reqMethod ?? "POST",
        reqTimeout: 60,
      },
    },
  });
}

export async function untilActive(client: ScfClient, name: string): Promise<void> {
  const signal = AbortSignal.timeout(60_000);
  for (;;) {
    const { Status: status, StatusReasons: reasons } = await client.GetFunction({ FunctionName: name });
    if (status === "Active") return;
    assert.ok(!signal.aborted && !status?.endsWith("Failed"), `${name} is ${status}: ${JSON.stringify(reasons)}`);
    await once(AbortSignal.timeout(20), "abort");
  }
}

/** The code that a call is refused with; empty when it is not. */
export const codeOf = (action: Promise<unknown>): Promise<string> =>
  action.then(
    () => "",
    (error: unknown) => String(Object(error).code),
  );
