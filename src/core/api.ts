import type { RequestId } from "./ids.ts";
import type { TraceContext } from "./trace/trace-context.ts";
import type { FunctionIdentity } from "./temporary-credentials.ts";

/** Who signed a request: the account itself, or one of its functions with the temporary credentials of its role. */
export type Principal = {
  readonly appId: string;
  readonly uin: string;
  readonly secretId: string;
} & ({ readonly kind: "account" } | ({ readonly kind: "function" } & FunctionIdentity));

/** Why a signature was not accepted: the wire code (`AuthFailure.SignatureFailure`, …) and a sentence. */
export interface AuthenticationProblem {
  readonly code: string;
  readonly message: string;
}

/** The fields of an API call: a JSON body as it came, or dotted names (`A.B.0.C`) with text values. */
export type ApiFields =
  | { readonly kind: "json"; readonly body: Buffer }
  | { readonly kind: "flat"; readonly pairs: ReadonlyMap<string, string> };

/** One call of the management API after the gateway has read and authenticated it. */
export interface ApiCall {
  readonly requestId: RequestId;
  readonly trace: TraceContext;
  /** `X-TC-Action`, e.g. `CreateFunction`. */
  readonly action: string;
  /** `X-TC-Version`, e.g. `2018-04-16`. */
  readonly version: string;
  /** `X-TC-Region`; empty when absent. */
  readonly region: string;
  /** `zh-CN` or `en-US` (`X-TC-Language`). */
  readonly language: string;
  /** Origin under which the caller reached us, e.g. `http://127.0.0.1:4878`; for links in replies. */
  readonly origin: string;
  /** Where functions answer; absent where they do at `origin`. */
  readonly functionsOrigin?: string;
  readonly caller:
    | { readonly kind: "principal"; readonly principal: Principal }
    | { readonly kind: "refused"; readonly problem: AuthenticationProblem };
  readonly fields: ApiFields;
}

/** Names under which functions in boxes reach the API, without asking any nameserver: ours first, then Tencent's of each product. */
export const insideApiNames = ["api.gust.internal", "scf.internal.tencentcloudapi.com"] as const;
