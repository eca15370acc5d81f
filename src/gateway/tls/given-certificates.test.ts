import assert from "node:assert/strict";
import { X509Certificate } from "node:crypto";
import { once } from "node:events";
import http2 from "node:http2";
import { text } from "node:stream/consumers";
import { test } from "node:test";
import tls from "node:tls";
import type { ChangeListener, KeyedCertificateRecord } from "../../store/index.ts";
import { MadeAuthority } from "../../../tests/made-certificates.ts";
import { RawClient } from "../testing/raw-client.ts";
import { silentLogger, startGateway } from "../testing/started-gateway.ts";
import { GivenCertificates, type CertificateSource } from "./given-certificates.ts";

const authority = new MadeAuthority();
const record = (
  certificateId: string,
  names: readonly string[],
  more: Partial<KeyedCertificateRecord> = {},
): KeyedCertificateRecord => ({
  certificateId,
  alias: "",
  chain: "",
  key: "",
  names,
  fingerprint: "",
  validFrom: 0,
  validTo: 1,
  tags: [],
  order: null,
  addTime: 0,
  modTime: 0,
  ...more,
});

function issued(certificateId: string, names: readonly string[]): KeyedCertificateRecord {
  const { certificate: chain, key } = authority.issue(names);
  return record(certificateId, names, { chain, key, fingerprint: new X509Certificate(chain).fingerprint });
}

/** A store in memory that can be away. */
class Rows implements CertificateSource {
  readonly rows = new Map<string, KeyedCertificateRecord>();
  isAway = false;
  onRead: () => void = () => undefined;
  listener: ChangeListener | null = null;
  readonly changes = {
    subscribe: (_: string, listener: ChangeListener) => {
      this.listener = listener;
      return { [Symbol.dispose]: () => void (this.listener = null) };
    },
  };
  readonly certificates = {
    findKeyed: async (id: string) => this.#read(() => this.rows.get(id) ?? null),
    page: async (after: string, count: number) =>
      this.#read(() => {
        const ids = [...this.rows.keys()].filter((id) => id > after).toSorted();
        return ids.slice(0, count).flatMap((id) => this.rows.get(id) ?? []);
      }),
  };

  put(certificate: KeyedCertificateRecord): this {
    this.rows.set(certificate.certificateId, certificate);
    return this;
  }

  #read<Result>(read: () => Result): Result {
    this.onRead();
    if (this.isAway) throw new Error("the database is away");
    return read();
  }
}

test("chooses by exact name, then by wildcard, then the one that is valid longer, also among 5,000", async () => {
  const source = new Rows();
  for (let index = 0; index < 5_000; index++) source.put(record(`c${index}`, [`host-${index}.example.com`]));
  source.put(record("wild", ["*.example.com", "example.com"]));
  await using given = new GivenCertificates(source, silentLogger);
  await given.open();
  const idOf = (name: string): string | undefined => given.find(name)?.certificateId;
  const started = performance.now();
  for (let index = 0; index < 5_000; index++) assert.equal(idOf(`host-${index}.example.com`), `c${index}`);
  assert.ok(performance.now() - started < 500, "a lookup looks through all of them");
  assert.deepEqual(
    [idOf("new.example.com"), idOf("example.com"), idOf("a.b.example.com")],
    ["wild", "wild", undefined],
  );
  source.put(record("renewed", ["host-7.example.com"], { validTo: 2 }));
  await source.listener?.changed("renewed");
  assert.equal(idOf("host-7.example.com"), "renewed");
  source.rows.delete("renewed");
  await source.listener?.changed("renewed");
  assert.equal(idOf("host-7.example.com"), "c7", "the other one is still there");
});

test("serves what it has while the store is away, and follows when it is back", async () => {
  const source = new Rows().put(record("one", ["a.example.com"]));
  await using given = new GivenCertificates(source, silentLogger);
  await given.open();
  source.isAway = true;
  source.rows.clear();
  await source.listener?.resync();
  assert.equal(given.find("a.example.com")?.certificateId, "one");
  const { promise: asksAgain, resolve } = Promise.withResolvers<void>();
  source.onRead = resolve;
  source.isAway = false;
  await asksAgain;
  await source.listener?.changed("one"); // in turn, after what was under way
  assert.equal(given.find("a.example.com"), null);
});

test("a certificate that is replaced is seen by new handshakes, and by no open connection", async () => {
  const names = ["www.example.com", "*.example.org"];
  const before = issued("one", names);
  const source = new Rows().put(before);
  await using started = await startGateway({ config: { tlsPort: 0 }, certificateSource: source });
  const ca = authority.certificate;
  const shown = async (servername: string): Promise<string> => {
    await using client = await RawClient.connectWithTls(started.tlsPort, { ca, servername, rejectUnauthorized: true });
    const { socket } = client;
    assert.ok(socket instanceof tls.TLSSocket);
    return String(socket.getPeerX509Certificate()?.fingerprint);
  };
  await using kept = await RawClient.connectWithTls(started.tlsPort, { ca, servername: "www.example.com" });
  const session = http2.connect(`https://127.0.0.1:${started.tlsPort}`, { ca, servername: "a.example.org" });
  const askAll = async (count: number): Promise<void> => {
    kept.send("GET /healthz HTTP/1.1\r\nHost: www.example.com\r\n\r\n");
    await kept.until(new RegExp(`(?:ok\n[^]*){${count}}$`));
    assert.equal(kept.received.match(/HTTP\/1\.1 200/g)?.length, count);
    const stream = session.request({ ":path": "/healthz" });
    assert.equal(await text(stream), "ok\n");
  };
  await askAll(1);
  assert.equal(await shown("www.example.com"), before.fingerprint);
  const after = issued("one", names);
  const running = session.request({ ":path": "/healthz", ":method": "POST" }); // in the middle of its body
  source.put(after);
  await source.listener?.changed("one");
  for (const servername of ["www.example.com", "WWW.example.com", "b.example.org"]) {
    assert.equal(await shown(servername), after.fingerprint, servername);
  }
  await askAll(2);
  running.end();
  await once(running.resume(), "close");
  assert.equal(running.rstCode, http2.constants.NGHTTP2_NO_ERROR);
  source.rows.clear();
  await source.listener?.changed("one");
  await askAll(3);
  await assert.rejects(shown("www.example.com"), "what no certificate is for gets none that a client believes");
  session.close();
});
