import assert from "node:assert/strict";
import { test } from "node:test";
import type { ChangeListener, CustomDomain } from "../../store/index.ts";
import { silentLogger } from "../testing/started-gateway.ts";
import { CustomDomains, type DomainSource } from "./custom-domains.ts";

const leadingTo = (domain: string, functionName: string): CustomDomain => ({
  domain,
  protocol: "HTTP",
  endpoints: [{ namespace: "default", functionName, qualifier: "$DEFAULT", pathMatch: "/*", rewrites: [] }],
  certificateId: "",
  waf: {},
  tags: [],
  addTime: 0,
  modTime: 0,
});

/** A store in memory that can be away. */
class Rows implements DomainSource {
  readonly rows = new Map<string, CustomDomain>();
  isAway = false;
  /** Called at every read. */
  onRead: () => void = () => undefined;
  listener: ChangeListener | null = null;
  readonly changes = {
    subscribe: (_: string, listener: ChangeListener) => {
      this.listener = listener;
      return { [Symbol.dispose]: () => void (this.listener = null) };
    },
  };
  readonly domains = {
    find: async (domain: string) => this.#read(() => this.rows.get(domain) ?? null),
    page: async (after: string, count: number) =>
      this.#read(() => {
        const names = [...this.rows.keys()].filter((name) => name > after).toSorted();
        return names.slice(0, count).flatMap((name) => this.rows.get(name) ?? []);
      }),
  };

  put(domain: string, functionName: string): void {
    this.rows.set(domain, leadingTo(domain, functionName));
  }

  #read<Result>(read: () => Result): Result {
    this.onRead();
    if (this.isAway) throw new Error("the database is away");
    return read();
  }
}

test("domains lead where they led while the database is away, and are read again when it is back", async () => {
  const source = new Rows();
  for (let index = 0; index < 600; index++) source.put(`host-${index}.example.com`, "one");
  await using domains = new CustomDomains(source, silentLogger);
  const nameOf = (host: string): unknown => Object(domains.find(host, "/")).functionName;
  await domains.open();
  assert.deepEqual([nameOf("host-0.example.com"), nameOf("host-599.example.com")], ["one", "one"]);

  source.isAway = true;
  source.put("host-7.example.com", "two");
  source.rows.delete("host-8.example.com");
  await source.listener?.changed("host-7.example.com");
  await source.listener?.resync();
  assert.deepEqual([nameOf("host-7.example.com"), nameOf("host-8.example.com")], ["one", "one"]);

  const { promise: asksAgain, resolve } = Promise.withResolvers<void>();
  let reads = 0;
  source.onRead = () => void (++reads === 4 && resolve()); // the changed one, and three pages of all
  source.isAway = false;
  await asksAgain;
  await source.listener?.changed("host-0.example.com"); // in turn, after what was under way
  assert.deepEqual([nameOf("host-7.example.com"), nameOf("host-8.example.com")], ["two", undefined]);
});

test("nothing is followed any more after the end", async () => {
  const source = new Rows();
  const domains = new CustomDomains(source, silentLogger);
  await domains.open();
  assert.notEqual(source.listener, null);
  await domains[Symbol.asyncDispose]();
  assert.equal(source.listener, null);
});
