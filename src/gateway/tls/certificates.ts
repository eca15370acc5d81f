import { createSecureContext, type SecureContext } from "node:tls";
import type { KeyedCertificate, LocalAuthority } from "./local-authority.ts";

/** Issued certificates that are kept ready: some 20 KB each, and the least recently used goes. */
const maxIssued = 1_024;
/** Far less than what they are valid for. */
const renewAfterMs = 30 * 86_400_000;

interface Issued {
  readonly context: SecureContext;
  readonly renewAt: number;
}

/** Which certificate a client gets, by the host name that it asks for (SNI). Looks in memory alone. */
export class Certificates {
  readonly #authority: LocalAuthority;
  readonly #domainSuffixes: readonly string[];
  readonly #now: () => number;
  readonly #issued = new Map<string, Issued>();

  constructor(authority: LocalAuthority, baseDomain: string, now: () => number) {
    this.#authority = authority;
    this.#domainSuffixes = [...new Set([".localhost", `.${baseDomain.toLowerCase()}`])];
    this.#now = now;
  }

  /** For clients that name no host: they came by address. */
  get byDefault(): KeyedCertificate {
    return this.#authority.issue(ownNames, this.#now());
  }

  find(hostName: string): SecureContext {
    const name = this.#certifiedNameOf(hostName.toLowerCase());
    const known = this.#issued.get(name);
    if (known !== undefined) {
      this.#issued.delete(name);
      if (known.renewAt > this.#now()) {
        this.#issued.set(name, known);
        return known.context;
      }
    }
    const { certificate: cert, key } = this.#authority.issue(name === "localhost" ? ownNames : [name], this.#now());
    const context = createSecureContext({ cert, key });
    for (const oldest of this.#issued.keys()) {
      if (this.#issued.size < maxIssued) break;
      this.#issued.delete(oldest);
    }
    this.#issued.set(name, { context, renewAt: this.#now() + renewAfterMs });
    return context;
  }

  /** Names that are not ours get what `localhost` has: the client says that it does not match. */
  #certifiedNameOf(hostName: string): string {
    if (!hostPattern.test(hostName)) return "localhost";
    const isOurs = this.#domainSuffixes.some((suffix) => hostName.endsWith(suffix) || `.${hostName}` === suffix);
    return isOurs ? hostName : "localhost";
  }
}

const ownNames = ["localhost", "127.0.0.1", "::1"];

const hostPattern = /^(?=.{1,253}$)[a-z0-9_](?:[a-z0-9_-]{0,62})(?:\.[a-z0-9_][a-z0-9_-]{0,62})*$/;
