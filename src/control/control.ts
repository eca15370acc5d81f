import { PlatformError, type ApiCall, type Clock, type Logger } from "../core/index.ts";
import type { Account, Store } from "../store/index.ts";
import type {
  Action,
  ActionContext,
  ControlConfig,
  EventInvoker,
  LogFlush,
  ReadStatus,
  RuntimeSource,
  TryStart,
} from "./action.ts";
import { ApiError } from "./api-error.ts";
import { authorize } from "./authorize.ts";
import { readDownloadToken } from "./download-link.ts";
import { errorEnvelope, successEnvelope } from "./envelope.ts";
import { findProduct, products } from "./products.ts";
import { BodyReader } from "./request/body-reader.ts";
import { fieldsFromPairs, shapeOf } from "./request/flat-fields.ts";
import { validate } from "./request/validate.ts";

/** The cloud API. */
export interface Control extends AsyncDisposable {
  /** Answers one call with the reply's JSON text. Takes the body's memory over. Never rejects. */
  call(call: ApiCall, options?: { signal?: AbortSignal }): Promise<string>;
  /** The code package that a link of GetFunctionAddress stands for; null when the link is wrong or over its time. */
  download(token: string): Promise<{ name: string; body: Buffer } | null>;
}

export interface ControlOptions {
  readonly store: Store;
  readonly account: Account;
  readonly config: ControlConfig;
  readonly invoke: EventInvoker;
  /** What runs now, for GetStatus. */
  readonly readStatus: ReadStatus;
  readonly runtimes: RuntimeSource;
  readonly tryStart: TryStart;
  /** Where function logs wait to be written, so that GetFunctionLogs can ask for the newest. */
  readonly logs?: LogFlush;
  readonly logger: Logger;
  readonly clock: Clock;
}

export function createControl(options: ControlOptions): Control {
  const { store, account, clock, logger } = options;
  const reader = new BodyReader();
  return {
    async call(call, { signal } = {}) {
      const bound = new AbortController();
      const timer = setTimeout(() => bound.abort(), longestCallMs);
      const { requestId, trace, origin, functionsOrigin = origin } = call;
      const either = signal === undefined ? bound.signal : AbortSignal.any([signal, bound.signal]);
      const ofCall = { requestId, trace, origin, functionsOrigin, signal: either };
      const context = { ...options, logs: options.logs ?? null, ...ofCall };
      try {
        return await answer(call, context, reader);
      } catch (error) {
        return failure(error, call, logger);
      } finally {
        clearTimeout(timer);
      }
    },
    async download(token) {
      const found = readDownloadToken(token, account, clock);
      if (found === null) return null;
      const body = await store.artifacts.get(found.sha256, { signal: AbortSignal.timeout(longestCallMs) });
      return { name: `${found.name}.zip`, body };
    },
    [Symbol.asyncDispose]: () => reader[Symbol.asyncDispose](),
  };
}

/** Longer than any function may run (900 s, and 300 s to start): what is still waiting then, waits in vain. */
const longestCallMs = 1_260_000;

async function answer(call: ApiCall, context: ActionContext, reader: BodyReader): Promise<string> {
  const action = findAction(call);
  const fields = await readFields(call, action, reader);
  const reply = await action.handle(validate(action.input, fields), context);
  return successEnvelope(reply, call.requestId);
}

/** Products of Tencent's that clients may ask for, by their version. */
const otherProducts: ReadonlyMap<string, string> = new Map([
  ["2018-07-24", "monitor"],
  ["2020-10-16", "cls"],
  ["2019-01-16", "cam"],
  ["2018-08-13", "sts"],
  ["2018-06-08", "tcb"],
  ["2020-07-22", "asw"],
  ["2019-03-04", "cmq"],
  ["2017-03-12", "vpc"],
]);

/** Who calls comes first, so that a stranger learns nothing else; then whether they may, before their fields are read. */
function findAction({ caller, action, version }: ApiCall): Action {
  if (caller.kind === "refused") throw new AuthenticationError(caller.problem.code, caller.problem.message);
  const product = findProduct(version);
  if (product === null) throw new ApiError("NoSuchVersion", explainVersion(version));
  const found = product.actions.get(action);
  if (found !== undefined) {
    authorize(caller.principal, found);
    return found;
  }
  const absent = product.absent.get(action);
  if (absent !== undefined) throw new ApiError("UnsupportedOperation", `${action} is not available yet. (${absent})`);
  throw new ApiError(
    "InvalidAction",
    `There is no action ${JSON.stringify(action.slice(0, 64))} in ${product.name} ${version}.`,
  );
}

function explainVersion(version: string): string {
  const product = otherProducts.get(version);
  const known = Object.values(products)
    .map((each) => `${each.name} ${each.version}`)
    .join(", ");
  if (product !== undefined) {
    return `Version ${version} is of ${product}, which this server does not have yet; it has ${known}.`;
  }
  return `There is no version ${JSON.stringify(version.slice(0, 32))}; this server has ${known}.`;
}

class AuthenticationError extends Error {
  readonly code: string;

  constructor(code: string, message: string) {
    super(message);
    this.code = code;
  }
}

async function readFields({ fields }: ApiCall, action: Action, reader: BodyReader): Promise<unknown> {
  const prepared = await (fields.kind === "json"
    ? reader.read({ kind: "body", body: fields.body }, fields.body.byteLength)
    : readPairs(fields.pairs, action, reader));
  if (prepared.kind === "refused") throw new ApiError(prepared.code, prepared.message);
  return prepared.fields;
}

function readPairs(pairs: ReadonlyMap<string, string>, action: Action, reader: BodyReader) {
  let size = 0;
  for (const [name, value] of pairs) size += name.length + value.length;
  return reader.read({ kind: "fields", fields: fieldsFromPairs(pairs, shapeOf(action.input)) }, size);
}

function failure(error: unknown, call: ApiCall, logger: Logger): string {
  if (error instanceof ApiError || error instanceof AuthenticationError) {
    return errorEnvelope(error.code, error.message, call.requestId);
  }
  const { action, requestId } = call;
  if (error instanceof PlatformError && error.code === "StoreUnavailable") {
    logger.warn({ err: error, action, requestId }, "A call of the API failed because the store does not serve it now");
    return errorEnvelope("InternalError.System", error.message, requestId); // says which part of it, and why
  }
  logger.error({ err: error, action, requestId }, "A call of the API failed");
  return errorEnvelope(
    "InternalError",
    `The platform failed while it did ${action}. Its log has the request id ${requestId}.`,
    requestId,
  );
}
