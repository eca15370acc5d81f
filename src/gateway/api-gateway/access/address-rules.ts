import { BlockList, isIP } from "node:net";
import type { IpRule, PublishedApi } from "../../../core/index.ts";
import { ipControlOf } from "./plugin-settings.ts";

/** The lists of addresses that act on an API: who is on a list that denies is refused, and who is on none of those that allow, if there is one. */
export class AddressRules {
  readonly #allowed: BlockList | null;
  readonly #denied: BlockList | null;

  private constructor(rules: readonly IpRule[]) {
    this.#allowed = listOf(rules.filter(({ kind }) => kind === "allow"));
    this.#denied = listOf(rules.filter(({ kind }) => kind === "deny"));
  }

  static of({ ipRules, plugins }: Pick<PublishedApi, "ipRules" | "plugins">): AddressRules {
    return new AddressRules([...ipRules, ...ipControlOf(plugins)]);
  }

  takes(address: string): boolean {
    if (this.#denied !== null && isOn(this.#denied, address)) return false;
    return this.#allowed === null || isOn(this.#allowed, address);
  }
}

function listOf(rules: readonly IpRule[]): BlockList | null {
  if (rules.length === 0) return null;
  const list = new BlockList();
  for (const range of rules.flatMap(({ ranges }) => ranges)) {
    const [address = "", prefix] = range.split("/");
    const version = isIP(address);
    if (version === 0) continue; // it was checked when it was made; what is no address stands for nobody
    const family = version === 6 ? "ipv6" : "ipv4";
    const bits = prefix === undefined ? null : Number(prefix);
    if (bits === null) list.addAddress(address, family);
    else if (Number.isInteger(bits) && bits >= 0 && bits <= (version === 6 ? 128 : 32)) {
      list.addSubnet(address, bits, family);
    }
  }
  return list;
}

function isOn(list: BlockList, address: string): boolean {
  const [plain = ""] = address.split("%"); // of fe80::1%eth0
  const version = isIP(plain);
  return version !== 0 && list.check(plain, version === 6 ? "ipv6" : "ipv4");
}
