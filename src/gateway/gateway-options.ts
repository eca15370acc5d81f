import type { Clock, Logger } from "../core/index.ts";
import type { Invoker, Routes } from "../scheduler/index.ts";
import type { ApiLogs } from "../telemetry/index.ts";
import type { AccessLogFormat } from "./access/access-log.ts";
import type { Api } from "./api/api-door.ts";
import type { Signers } from "./authenticate/find-signer.ts";
import type { FindCredentials } from "./platform-answers.ts";
import type { GatewayFleet } from "./hosts/host-places.ts";
import type { ApiGatewaySource } from "./api-gateway/api-gateway-source.ts";
import type { DomainSource } from "./routes/custom-domains.ts";
import type { UrlLookup } from "./routes/function-urls.ts";
import type { CertificateSource } from "./tls/given-certificates.ts";

/** The settings that the gateway reads; `Config` has them all. */
export interface GatewayConfig {
  readonly dataDirectory: string;
  readonly host: string;
  readonly port: number;
  /** Whether other processes of this user may listen on the ports, too: the system hands out connections. */
  readonly sharePort: boolean;
  /** Null: nothing listens with TLS. Absent: the port after `port`, if it is free. */
  readonly tlsPort?: number | null | undefined;
  readonly baseDomain: string;
  readonly region: string;
  readonly headerBytes: number;
  readonly headerTimeoutS: number;
  readonly idleTimeoutS: number;
  readonly bodyIdleTimeoutS: number;
  readonly drainTimeoutS: number;
  /** Addresses of this host and its neighbours that back ends of APIs may have. */
  readonly backendAllow: readonly string[];
  /** Addresses of boxes, which back ends of APIs may not have. */
  readonly boxRange?: string | undefined;
  /** How `<data>/log/access.log` is written. */
  readonly accessLog: AccessLogFormat | "off";
  /** Requests a second to functions, of one client address and of one function; 0: as many as come. */
  readonly ratePerAddress: number;
  readonly ratePerFunction: number;
  /** Requests to functions at the same time. */
  readonly maxRequests: number;
  readonly maxConnections: number;
  /** Of one client address; 0: no limit. */
  readonly maxRequestsPerAddress: number;
  readonly maxConnectionsPerAddress: number;
}

export interface GatewayOptions {
  readonly config: GatewayConfig;
  readonly account: Signers["account"];
  /** Signed the tokens of functions. */
  readonly tokenKey: Buffer;
  readonly findCredentials: FindCredentials;
  readonly invoker: Invoker;
  readonly routes: Routes;
  readonly urls: UrlLookup;
  readonly domainSource: DomainSource;
  readonly apiGatewaySource: ApiGatewaySource;
  /** What services of the API gateway answered. */
  readonly apiLogs: Pick<ApiLogs, "record">;
  readonly certificateSource: CertificateSource;
  /** Of the account by which certificates are ordered; null: none are. */
  readonly acmeThumbprint: string | null;
  readonly api: Api;
  /** The other processes of the installation; null: there are none. */
  readonly fleet: GatewayFleet | null;
  /** Where functions answer; null: here. */
  readonly functionsAt: (() => readonly string[]) | null;
  /** Whether calls are to come here while the database is away: warm functions go on then. */
  readonly isReadyAlone: boolean;
  /** Whether the database answers; never rejects. */
  readonly isReady: () => Promise<boolean>;
  readonly logger: Logger;
  readonly clock: Clock;
}
