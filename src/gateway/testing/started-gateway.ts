import { mkdtemp, rm } from "node:fs/promises";
import os from "node:os";
import path from "node:path";
import {
  type Clock,
  type PlatformError,
  systemClock,
  tokenKeyOf,
  type TemporaryCredentials,
  type ApiCall,
  type FunctionId,
  type Logger,
  type FunctionVersion,
  type Sha256,
} from "../../core/index.ts";
import type {
  HttpCall,
  HttpInvocation,
  HttpReceiver,
  Invocation,
  Invoker,
  Route,
  ServiceSlot,
} from "../../scheduler/index.ts";
import type { FunctionUrl } from "../routes/function-urls.ts";
import type { CertificateSource } from "../tls/given-certificates.ts";
import type { DomainSource } from "../routes/custom-domains.ts";
import type { ApiGatewaySource } from "../api-gateway/api-gateway-source.ts";
import { fakeServices } from "./published-service.ts";
import { createGateway, type Gateway } from "../gateway.ts";
import type { GatewayConfig, GatewayOptions } from "../gateway-options.ts";

/** What a fake HTTP function does with a call. */
export type FakeFunction = (invocation: HttpInvocation, receiver: HttpReceiver) => HttpCall;

type Release = Parameters<ServiceSlot["release"]>[0];

/** A gateway on a free port in front of hand-written functions, services and API. */
export interface StartedGateway extends AsyncDisposable {
  readonly gateway: Gateway;
  readonly port: number;
  readonly url: string;
  /** 0 unless `config.tlsPort` asked for one. */
  readonly tlsPort: number;
  readonly dataDirectory: string;
  readonly apiCalls: ApiCall[];
  readonly releases: Release[];
  /** Invocations of services that asked for a slot. */
  readonly acquired: Invocation[];
  isReady: boolean;
}

export interface StartOptions {
  readonly config?: Partial<GatewayConfig>;
  /** Answers every HTTP function; the function named `missing-handler` etc. is up to it. */
  readonly run?: FakeFunction;
  /** What event functions do with a call. */
  readonly invoke?: Invoker["invoke"];
  /** Where the service listens. */
  readonly servicePort?: number;
  readonly webSocketIdleS?: number | null;
  readonly acquireError?: PlatformError;
  /** Why the service breaks its connections. */
  readonly breakError?: PlatformError;
  /** What the scheduler does when a slot of the service is given back. */
  readonly onRelease?: () => void;
  readonly fleet?: GatewayOptions["fleet"];
  readonly functionsAt?: GatewayOptions["functionsAt"];
  readonly isReadyAlone?: boolean;
  readonly logger?: Logger;
  readonly clock?: Clock;
  readonly domainSource?: DomainSource;
  readonly apiGatewaySource?: ApiGatewaySource;
  readonly apiLogs?: GatewayOptions["apiLogs"];
  readonly certificateSource?: CertificateSource;
  readonly acmeThumbprint?: string;
  /** Of which instances the gateway may tell the credentials: by key and caller. */
  readonly findCredentials?: (key: string, callerAddress: string) => TemporaryCredentials | null;
  /** Function URLs by the first label of their host. */
  readonly urls?: Readonly<Record<string, FunctionUrl>>;
  readonly api?: (call: ApiCall) => Promise<string>;
}

export const account = { appId: "1250000000", uin: "100000000001", secretId: "AKIDtest", secretKey: "secret-key" };
export const tokenKey = tokenKeyOf({ ...account, tokenSecret: "token-secret" });

export async function startGateway(options: StartOptions = {}): Promise<StartedGateway> {
  await using parts = new AsyncDisposableStack();
  const dataDirectory = await mkdtemp(path.join(os.tmpdir(), "gust-gateway-"));
  parts.defer(() => rm(dataDirectory, { recursive: true, force: true }));
  const common = {
    namespace: "default",
    qualifier: "$DEFAULT",
    timeoutS: 3,
    webSocketIdleS: options.webSocketIdleS ?? null,
  };
  const httpRoute: Route = { ...common, name: "hello", form: "http" };
  const serviceRoute: Route = { ...common, name: "site", form: "service" };
  const started = {
    dataDirectory,
    apiCalls: [] as ApiCall[],
    releases: [] as Release[],
    acquired: [] as Invocation[],
    isReady: true,
  };
  const gateway = createGateway({
    config: { ...testConfig, dataDirectory, ...options.config },
    account,
    tokenKey,
    findCredentials: options.findCredentials ?? (() => null),
    invoker: fakeInvoker(options, started),
    routes: {
      byDomainLabel: (label) =>
        label === "hello-abcd1234" ? httpRoute : label === "site-abcd1234" ? serviceRoute : null,
      byName: (namespace, name) => {
        if (namespace !== "default") return null;
        if (name === "event") return "event-function";
        return name === "hello" ? httpRoute : name === "site" ? serviceRoute : null;
      },
    },
    fleet: options.fleet ?? null,
    functionsAt: options.functionsAt ?? null,
    isReadyAlone: options.isReadyAlone ?? false,
    urls: { find: (label) => options.urls?.[label] ?? null },
    domainSource: options.domainSource ?? noDomains,
    acmeThumbprint: options.acmeThumbprint ?? null,
    apiGatewaySource: options.apiGatewaySource ?? fakeServices(),
    apiLogs: options.apiLogs ?? { record() {} },
    certificateSource: options.certificateSource ?? noCertificates,
    api: {
      call: (call) => {
        started.apiCalls.push(call);
        return options.api === undefined ? Promise.resolve(envelope(call)) : options.api(call);
      },
      download: (token) => Promise.resolve(token === "good" ? { name: "hello.zip", body: Buffer.from("PK") } : null),
    },
    isReady: () => Promise.resolve(started.isReady),
    logger: options.logger ?? silentLogger,
    clock: options.clock ?? systemClock,
  });
  parts.use(gateway);
  const { url, port } = await gateway.listen();
  const tls = await gateway.listenWithTls();
  const moved = parts.move();
  return Object.assign(started, {
    gateway,
    url,
    port,
    tlsPort: tls?.port ?? 0,
    [Symbol.asyncDispose]: () => moved.disposeAsync(),
  });
}

const noDomains: DomainSource = {
  domains: { find: () => Promise.resolve(null), page: () => Promise.resolve([]) },
  changes: { subscribe: () => ({ [Symbol.dispose]() {} }) },
};

const noCertificates: CertificateSource = {
  certificates: { findKeyed: () => Promise.resolve(null), page: () => Promise.resolve([]) },
  changes: noDomains.changes,
};

/**
 * Resolves when a later request has been answered: the gateway lives in this process, so its loop has by then seen all
 * that other connections had sent before.
 */
export async function takenIn({ url }: StartedGateway): Promise<void> {
  await (await fetch(`${url}/healthz`)).arrayBuffer();
}

/** What the real API makes of a call: its error, or an echo. */
function envelope(call: ApiCall): string {
  if (call.caller.kind === "principal") {
    const fields = call.fields.kind === "json" ? call.fields.body.toString() : Object.fromEntries(call.fields.pairs);
    return JSON.stringify({ Response: { Action: call.action, Fields: fields, RequestId: call.requestId } });
  }
  const { code, message } = call.caller.problem;
  return JSON.stringify({ Response: { Error: { Code: code, Message: message }, RequestId: call.requestId } });
}

const testConfig: GatewayConfig = {
  dataDirectory: "",
  host: "127.0.0.1",
  port: 0,
  sharePort: false,
  tlsPort: null,
  baseDomain: "localhost",
  region: "ap-guangzhou",
  headerBytes: 16 * 1024,
  headerTimeoutS: 5,
  idleTimeoutS: 5,
  bodyIdleTimeoutS: 5,
  drainTimeoutS: 1,
  backendAllow: [],
  accessLog: "off",
  ratePerAddress: 0,
  ratePerFunction: 0,
  maxRequests: 1_000,
  maxConnections: 1_000,
  maxRequestsPerAddress: 0,
  maxConnectionsPerAddress: 0,
};

export const silentLogger = { error() {}, warn() {}, info() {}, debug() {} };

export const idleCall: HttpCall = { write: () => true, end() {}, grant() {}, cancel() {} };

/** Answers with what it was asked, in one piece. */
const echo: FakeFunction = (invocation, receiver) => {
  const { method, path: target, rawHeaders, sharedHeaders, body } = invocation;
  const text = JSON.stringify({
    method,
    path: target,
    headers: [...rawHeaders, ...(sharedHeaders ?? [])],
    body: body === undefined ? null : Buffer.from(body).toString(),
  });
  receiver.onHead(200, ["content-type", "application/json"], Buffer.from(text));
  receiver.onEnd(null);
  return idleCall;
};

function fakeInvoker(options: StartOptions, started: { acquired: Invocation[]; releases: Release[] }): Invoker {
  return {
    invoke: options.invoke ?? (() => Promise.reject(new Error("no event function is there"))),
    startHttp: options.run ?? echo,
    acquireService: (invocation) => {
      started.acquired.push(invocation);
      if (options.acquireError !== undefined) return Promise.reject(options.acquireError);
      return Promise.resolve({
        version: serviceVersion,
        host: "127.0.0.1",
        port: options.servicePort ?? 1,
        instanceId: "instance-1",
        shownHeaders: (pairs) => pairs,
        explainBreak: () => options.breakError ?? null,
        release: (outcome) => {
          started.releases.push(outcome);
          options.onRelease?.();
        },
      });
    },
  };
}

const serviceVersion: FunctionVersion = {
  functionId: "lam-abcd1234" as FunctionId, // brand: a made-up one
  namespace: "default",
  name: "site",
  version: "$LATEST",
  revision: "r1",
  codeSha256: "0".repeat(64) as Sha256, // brand: a made-up one
  codeSize: 1,
  spec: {
    type: "HTTP",
    form: "service",
    handler: "",
    runtime: "CustomRuntime",
    description: "",
    memoryMb: 256,
    timeoutS: 3,
    initTimeoutS: 65,
    environment: [],
    role: "",
    concurrencyPerInstance: 0,
    webSocketIdleS: null,
    layers: [],
    kept: {},
  },
};
