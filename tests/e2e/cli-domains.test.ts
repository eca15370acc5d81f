import assert from "node:assert/strict";
import path from "node:path";
import { after, before, describe, it } from "node:test";
import { gust, makeDirectory, type Ended } from "../gust-command.ts";
import { MadeAuthority } from "../made-certificates.ts";
import { startServer, type RunningServer } from "../running-server.ts";

describe("gust certificate", () => {
  let server: RunningServer;

  before(async () => {
    server = await startServer({ environment: { GUST_SANDBOX: "process", GUST_TLS_PORT: "0" } });
  });
  after(() => server[Symbol.asyncDispose]());

  function run(...args: readonly string[]): Promise<Ended> {
    return gust([...args, "--data", server.dataDirectory]);
  }

  /** Runs a command that has to succeed, and gives its JSON. */
  async function json(...args: readonly string[]) {
    const ended = await run(...args, "--json");
    assert.equal(ended.code, 0, ended.stderr);
    return JSON.parse(ended.stdout);
  }

  it("uploads, lists and removes certificates", async () => {
    const made = new MadeAuthority().issue(["shop.example.com", "*.shop.example.com"]);
    await using files = await makeDirectory({ "chain.pem": made.certificate, "key.pem": made.key });
    const pair = ["--cert", path.join(files.path, "chain.pem"), "--key", path.join(files.path, "key.pem")];
    assert.match((await run("certificate", "list")).stdout, /No certificates yet/);
    const uploaded = await run("certificate", "upload", ...pair, "--alias", "shop");
    const [, id = ""] =
      /✔ (\S+) {2}serves shop\.example\.com, \*\.shop\.example\.com until \d/.exec(uploaded.stdout) ?? [];
    assert.match(uploaded.stdout, new RegExp(`domain add shop\\.example\\.com .*--certificate ${id}`), uploaded.stderr);
    assert.match((await run("certificate", "list")).stdout, new RegExp(`${id} +shop +upload +2.* issued\n`));
    assert.equal((await json("certificate", "list")).certificates[0].CertificateId, id);
    assert.deepEqual(await json("certificate", "remove", id), { removed: { certificate: id } });
    const again = await run("certificate", "remove", id);
    assert.deepEqual([again.code, again.stderr.includes(`There is no certificate ${id}.`)], [4, true], again.stderr);
  });

  it("says what is wrong with a pair, as the server does", async () => {
    const authority = new MadeAuthority();
    const { certificate } = authority.issue(["a.example.com"]);
    const { key } = authority.issue(["b.example.com"]);
    await using files = await makeDirectory({ "chain.pem": certificate, "key.pem": key });
    const chain = path.join(files.path, "chain.pem");
    const other = await run("certificate", "upload", "--cert", chain, "--key", path.join(files.path, "key.pem"));
    assert.equal(other.code, 1);
    assert.match(other.stderr, /FailedOperation\.CertificateMismatch/);
    const missing = await run("certificate", "upload", "--cert", chain, "--key", `${chain}.key`);
    assert.equal(missing.code, 2);
    assert.match(missing.stderr, /There is no file .*chain\.pem\.key/);
  });
});
