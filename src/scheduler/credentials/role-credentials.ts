import { randomBytes } from "node:crypto";
import { issueCredentials, type Clock, type FunctionVersion, type TemporaryCredentials } from "../../core/index.ts";
import type { Sandbox } from "../../sandbox/index.ts";

/** Time that credentials hold. A function whose role is taken away keeps what it has for so long. */
const lifetimeMs = 60 * 60_000;
/** With less than this they are renewed: what a call or an instance is given holds longer than any call may run (900 s). */
const renewalMs = 30 * 60_000;

interface RoleCredentialsOptions {
  readonly tokenKey: Buffer;
  readonly clock: Pick<Clock, "now">;
  /** Whether callers can be told apart by their address. */
  readonly isolatesNetwork: boolean;
}

/** The temporary credentials of all instances whose function has a role, for as long as they live. */
export class RoleCredentials {
  readonly #options: RoleCredentialsOptions;
  /** By the key in the address at which an instance asks for its own. */
  readonly #living = new Map<string, InstanceCredentials>();

  constructor(options: RoleCredentialsOptions) {
    this.#options = options;
  }

  /** Null: the function has no role, and nothing that it could sign with. */
  admit(version: FunctionVersion, sandbox: Sandbox): InstanceCredentials | null {
    if (version.spec.role === "") return null;
    const { tokenKey, clock, isolatesNetwork } = this.#options;
    const address = isolatesNetwork ? sandbox.address(0).host : null;
    const admitted = new InstanceCredentials(version, { tokenKey, clock, address });
    this.#living.set(admitted.key, admitted);
    void sandbox.ended.then(() => this.#living.delete(admitted.key));
    return admitted;
  }

  /** What an instance with this key has now; null: none lives, or it is another one that asks. */
  find(key: string, callerAddress: string): TemporaryCredentials | null {
    const found = this.#living.get(key);
    if (found === undefined || (found.address !== null && found.address !== callerAddress)) return null;
    return found.current();
  }
}

/** Those of one instance, renewed when they are asked for. */
export class InstanceCredentials {
  readonly key = randomBytes(24).toString("base64url");
  /** From which alone they may be asked for; null: from anywhere. */
  readonly address: string | null;
  readonly #version: FunctionVersion;
  readonly #options: Pick<RoleCredentialsOptions, "tokenKey" | "clock">;
  #current: TemporaryCredentials | null = null;

  constructor(
    version: FunctionVersion,
    options: Pick<RoleCredentialsOptions, "tokenKey" | "clock"> & { readonly address: string | null },
  ) {
    this.#version = version;
    this.#options = options;
    this.address = options.address;
  }

  current(): TemporaryCredentials {
    const { tokenKey, clock } = this.#options;
    const now = clock.now();
    if (this.#current !== null && this.#current.expiresAt - now >= renewalMs) return this.#current;
    const { functionId, namespace, name, spec } = this.#version;
    this.#current = issueCredentials(tokenKey, { functionId, namespace, name, role: spec.role }, now + lifetimeMs);
    return this.#current;
  }

  /** As SCF names them. */
  variables(): Record<string, string> {
    const { secretId, secretKey, token } = this.current();
    return {
      TENCENTCLOUD_SECRETID: secretId,
      TENCENTCLOUD_SECRETKEY: secretKey,
      TENCENTCLOUD_SESSIONTOKEN: token,
    };
  }

  /** Beside `variables`, for a process that outlives them. */
  addressVariables(apiUrl: string): Record<string, string> {
    return { GUST_CREDENTIALS_URL: `${apiUrl}/-/credentials/${this.key}` };
  }
}
