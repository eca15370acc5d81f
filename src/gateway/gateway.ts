import type { TrafficStats } from "./access/traffic.ts";
import { Doors } from "./doors.ts";
import type { GatewayOptions } from "./gateway-options.ts";
import { Listener } from "./listener/listener.ts";
import { OpenConnections } from "./protection/open-connections.ts";
import { CustomDomains } from "./routes/custom-domains.ts";
import { TlsListener } from "./tls/tls-listener.ts";

/** The one listener of a server and everything that answers behind it. */
export interface Gateway extends AsyncDisposable {
  /** Opens the port. Rejects with an Error of one sentence when it cannot be had. */
  listen(): Promise<{ url: string; port: number }>;
  /** Opens the port with TLS. Null: it is off, or the port that nobody asked for by number is taken. */
  listenWithTls(): Promise<{ url: string; port: number } | null>;
  /** Opens a port on this host's loopback for functions in boxes: the API alone answers there. */
  listenInside(): Promise<{ port: number }>;
  /** Opens the door for other processes of the installation; null where it has none. */
  listenForHosts(): Promise<{ url: string; port: number } | null>;
  stats(): TrafficStats & { readonly connections: number };
}

export function createGateway(options: GatewayOptions): Gateway {
  const domains = new CustomDomains(options.domainSource, options.logger);
  const doors = new Doors(options, domains);
  const { config, clock, logger } = options;
  const openConnections = new OpenConnections(config, () => clock.monotonic(), logger);
  const shared = { ...config, clock, logger };
  const listener = new Listener({ ...shared, openConnections, expectsCrowds: true }, doors);
  const own = { host: "127.0.0.1", port: 0, sharePort: false, closesBeyond: maxInsideConnections };
  const inside = new Listener({ ...shared, ...own }, doors.inside());
  const { fleet } = options;
  const hosts =
    fleet === null
      ? null
      : new Listener({ ...shared, host: fleet.host, port: fleet.port, sharePort: false }, doors.forHosts(fleet));
  const { services } = doors.apiGateway;
  const settingsOf = (hostName: string) => domains.settingsOf(hostName) ?? services.settingsOf(hostName);
  const tls = new TlsListener({ ...options, openConnections }, doors, { settingsOf });
  doors.isClosing = () => listener.isClosing;
  return {
    listen: async () => {
      await Promise.all([domains.open(), doors.apiGateway.open()]);
      return listener.listen();
    },
    listenWithTls: async () => {
      const opened = await tls.listen();
      if (opened !== null) doors.openedTls(opened.port);
      return opened;
    },
    listenInside: () => inside.listen(),
    listenForHosts: async () => hosts?.listen() ?? null,
    stats: () => ({ ...doors.stats(), connections: listener.connections + tls.connections + inside.connections }),
    async [Symbol.asyncDispose]() {
      await Promise.all(
        [listener, tls, inside, ...(hosts === null ? [] : [hosts])].map((each) => each[Symbol.asyncDispose]()),
      );
      await doors[Symbol.asyncDispose]();
      await domains[Symbol.asyncDispose]();
    },
  };
}

/** Of all functions together: callers from outside need descriptors, too. */
const maxInsideConnections = 1_024;
