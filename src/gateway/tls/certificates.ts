import { createSecureContext, type SecureContext } from "node:tls";
import type { KeyedCertificateRecord } from "../../store/index.ts";
import type { SettingsLookup } from "../routes/domain-routes.ts";
import type { GivenCertificates } from "./given-certificates.ts";
import type { KeyedCertificate, LocalAuthority } from "./local-authority.ts";

/** Certificates that are kept ready: some 20 KB each, and the least recently used goes. */
const maxReady = 1_024;
/** Far less than what those of the local authority are valid for. */
const renewAfterMs = 30 * 86_400_000;

interface Ready {
  readonly context: SecureContext;
  /** What it was made of; null: issued here. */
  readonly madeOf: KeyedCertificateRecord | null;
  readonly renewAt: number;
}

interface Parts {
  readonly authority: LocalAuthority;
  readonly given: GivenCertificates;
  readonly domains: SettingsLookup;
  readonly baseDomain: string;
  readonly now: () => number;
}

/**
 * Which certificate a client gets, by the host name that it asks for (SNI): the one that a domain names, else the one of the name, the one of a
 * wildcard, or one of the local authority. Looks in memory alone. A certificate that changed is seen by the next handshake; connections keep what they have.
 */
export class Certificates {
  readonly #authority: LocalAuthority;
  readonly #given: GivenCertificates;
  readonly #domains: SettingsLookup;
  readonly #domainSuffixes: readonly string[];
  readonly #now: () => number;
  readonly #ready = new Map<string, Ready>();

  constructor({ authority, given, domains, baseDomain, now }: Parts) {
    this.#authority = authority;
    this.#given = given;
    this.#domains = domains;
    this.#domainSuffixes = [...new Set([".localhost", `.${baseDomain.toLowerCase()}`])];
    this.#now = now;
  }

  /** For clients that name no host: they came by address. */
  get byDefault(): KeyedCertificate {
    return this.#authority.issue(ownNames, this.#now());
  }

  /** Throws where nobody is to speak TLS. */
  find(hostName: string): SecureContext {
    const lower = hostName.toLowerCase();
    const domain = this.#domains.settingsOf(lower);
    if (domain?.protocol === "HTTP") throw new Error(`${lower} does not speak TLS`);
    const named = domain === null || domain.certificateId === "" ? null : this.#given.byId(domain.certificateId);
    const given = named ?? this.#given.find(lower);
    if (given === null) return this.#issued(this.#certifiedNameOf(lower));
    const made = (): Ready => ({ context: contextOf(given), madeOf: given, renewAt: Number.POSITIVE_INFINITY });
    return this.#readyOr(` ${given.certificateId}`, given, made); // no host name begins with a space
  }

  #issued(name: string): SecureContext {
    return this.#readyOr(name, null, () => {
      const { certificate: chain, key } = this.#authority.issue(name === "localhost" ? ownNames : [name], this.#now());
      return { context: contextOf({ chain, key }), madeOf: null, renewAt: this.#now() + renewAfterMs };
    });
  }

  #readyOr(id: string, madeOf: Ready["madeOf"], make: () => Ready): SecureContext {
    const known = this.#ready.get(id);
    if (known !== undefined) this.#ready.delete(id);
    const isUsable = known !== undefined && known.madeOf === madeOf && known.renewAt > this.#now();
    const ready = isUsable ? known : make();
    for (const oldest of this.#ready.keys()) {
      if (this.#ready.size < maxReady) break;
      this.#ready.delete(oldest);
    }
    this.#ready.set(id, ready);
    return ready.context;
  }

  /** Names that are not ours get what `localhost` has: the client says that it does not match. */
  #certifiedNameOf(hostName: string): string {
    if (!hostPattern.test(hostName)) return "localhost";
    const isOurs = this.#domainSuffixes.some((suffix) => hostName.endsWith(suffix) || `.${hostName}` === suffix);
    return isOurs ? hostName : "localhost";
  }
}

function contextOf({ chain, key }: Pick<KeyedCertificateRecord, "chain" | "key">): SecureContext {
  return createSecureContext({ cert: chain, key });
}

const ownNames = ["localhost", "127.0.0.1", "::1"];

const hostPattern = /^(?=.{1,253}$)[a-z0-9_](?:[a-z0-9_-]{0,62})(?:\.[a-z0-9_][a-z0-9_-]{0,62})*$/;
