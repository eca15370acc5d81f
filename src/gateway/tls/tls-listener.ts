import type { Clock, Logger } from "../../core/index.ts";
import type { ListenerOptions } from "../listener/listener-options.ts";
import { Listener, type Handlers } from "../listener/listener.ts";
import type { SettingsLookup } from "../routes/domain-routes.ts";
import { GivenCertificates, type CertificateSource } from "./given-certificates.ts";
import { Certificates } from "./certificates.ts";
import { LocalAuthority } from "./local-authority.ts";

interface TlsListenerOptions {
  readonly config: Omit<ListenerOptions, "clock" | "logger" | "certificates" | "openConnections"> & {
    readonly dataDirectory: string;
    readonly baseDomain: string;
    /** Null: off. Absent: the port after `port`, if it is free. */
    readonly tlsPort?: number | null | undefined;
  };
  readonly openConnections: NonNullable<ListenerOptions["openConnections"]>;
  readonly certificateSource: CertificateSource;
  readonly clock: Clock;
  readonly logger: Logger;
}

/** The listener with TLS, and what it shows to its clients. Speaks as the one without. */
export class TlsListener implements AsyncDisposable {
  readonly #options: TlsListenerOptions;
  readonly #handlers: Handlers;
  readonly #domains: SettingsLookup;
  readonly #given: GivenCertificates;
  #listener: Listener | null = null;

  constructor(options: TlsListenerOptions, handlers: Handlers, domains: SettingsLookup) {
    this.#options = options;
    this.#handlers = handlers;
    this.#domains = domains;
    this.#given = new GivenCertificates(options.certificateSource, options.logger);
  }

  get connections(): number {
    return this.#listener?.connections ?? 0;
  }

  /** Null: it is off, or the port that nobody asked for by number is taken. */
  async listen(): Promise<{ url: string; port: number } | null> {
    const { config, openConnections, clock, logger } = this.#options;
    const port = config.tlsPort === undefined ? portAfter(config.port) : config.tlsPort;
    if (port === null) return null;
    const now = (): number => clock.now();
    const authority = await LocalAuthority.open(config.dataDirectory, config.baseDomain, now());
    await this.#given.open();
    const parts = { authority, given: this.#given, domains: this.#domains, baseDomain: config.baseDomain, now };
    const certificates = new Certificates(parts);
    const own = { port, certificates, openConnections, expectsCrowds: true, clock, logger };
    this.#listener = new Listener({ ...config, ...own }, this.#handlers);
    try {
      return await this.#listener.listen();
    } catch (error) {
      if (config.tlsPort !== undefined) throw error;
      logger.warn({ err: error }, "Nothing answers with TLS: choose a port with GUST_TLS_PORT");
      return null;
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#listener?.[Symbol.asyncDispose]();
    await this.#given[Symbol.asyncDispose]();
  }
}

/** Beside one that the system chose, another such; null beside the last of all. */
function portAfter(port: number): number | null {
  if (port === 0) return 0;
  return port < 65_535 ? port + 1 : null;
}
