import assert from "node:assert/strict";
import path from "node:path";
import { after, before, describe, it } from "node:test";
import { promisify } from "node:util";
import { execFile } from "node:child_process";
import { deploy } from "../deployed-function.ts";
import { gust, makeDirectory, type Ended } from "../gust-command.ts";
import { MadeAuthority } from "../made-certificates.ts";
import { startServer, type RunningServer } from "../running-server.ts";

describe("gust domain and gust certificate", () => {
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

  it("leads a domain to a function, gives it a path and a certificate, and removes both", async () => {
    const files = {
      "index.js": "exports.web = (request) => new Response(`site at ${new URL(request.url).pathname}`);",
    };
    await deploy(server, "site", files, { Type: "HTTP", Handler: "index.web" });
    const told = await json("info", "site");
    assert.match(
      told.addresses.tlsUrl,
      new RegExp(`^https://site-\\w+\\.localhost:${new URL(server.tlsUrl ?? "").port}/$`),
    );
    const authority = new MadeAuthority();
    const made = authority.issue(["shop.example.com"]);
    await using pem = await makeDirectory({
      "chain.pem": made.certificate,
      "key.pem": made.key,
      "ca.pem": authority.certificate,
    });
    const file = (name: string): string => path.join(pem.path, name);
    const nowhere = await run("domain", "add", "shop.example.com");
    assert.deepEqual([nowhere.code, nowhere.stderr.includes("--function NAME")], [2, true], nowhere.stderr);
    const added = await run("domain", "add", "shop.example.com", "--function", "site");
    assert.equal(added.code, 0, added.stderr);
    assert.match(added.stdout, /✔ shop\.example\.com {2}created\n.*HTTP\n +\/\* +site\n/);
    assert.equal(await answerOf(added.stdout), "site at /");

    const uploaded = await json("certificate", "upload", "--cert", file("chain.pem"), "--key", file("key.pem"));
    const id = String(uploaded.certificate.CertificateId);
    const withPath = ["--function", "site", "--path", "/api/*", "--qualifier", "$LATEST"];
    const changed = await run("domain", "add", "shop.example.com", ...withPath, "--certificate", id);
    assert.match(changed.stdout, /updated\n.*HTTPS\n +\/\* +site\n +\/api\/\* +site:\$LATEST\n/, changed.stderr);
    assert.match(changed.stdout, new RegExp(`${id}, until 2.*: issued`));
    assert.equal(await answerOf(changed.stdout, "--cacert", file("ca.pem")), "site at /");
    const used = await run("certificate", "remove", id);
    assert.match(
      used.stderr,
      /used by the domains shop\.example\.com.*`gust domain add DOMAIN --certificate ID` does it/,
    );
    assert.match((await run("domain", "list")).stdout, new RegExp(`HTTPS +${id} +/\\* site, /api/\\* site:\\$LATEST`));

    assert.equal((await run("domain", "remove", "shop.example.com", "--path", "/api/*")).code, 0);
    assert.match((await run("domain", "remove", "shop.example.com", "--path", "/*")).stderr, /only path/);
    const { domain, certificate } = await json("domain", "info", "shop.example.com");
    assert.deepEqual([domain.EndpointsConfig.length, certificate.CertificateId], [1, id]);
    assert.equal((await run("domain", "remove", "shop.example.com")).stdout, "Removed the domain shop.example.com.\n");
    assert.equal((await run("domain", "info", "shop.example.com")).code, 4);
  });
});

/** What the line says that a domain is to be tried with. */
async function answerOf(said: string, ...options: readonly string[]): Promise<string> {
  const [, line = ""] = /try +curl (.*)/.exec(said) ?? [];
  return (await promisify(execFile)("curl", ["--silent", "--show-error", ...options, ...line.split(" ")])).stdout;
}
