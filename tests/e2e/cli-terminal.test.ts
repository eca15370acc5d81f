import assert from "node:assert/strict";
import fs from "node:fs/promises";
import path from "node:path";
import { after, before, describe, it } from "node:test";
import { gust, makeDirectory } from "../gust-command.ts";
import { gustInTerminal, type GustTerminal } from "../gust-terminal.ts";
import { startServer, type RunningServer } from "../running-server.ts";

const keys = { enter: "\r", down: "\u001B[B", escape: "\u001B", ctrlC: "\u0003", ctrlD: "\u0004" };
const page = { "index.mjs": "export default { fetch: () => new Response() };" };

/** Everything after which nobody waits for an answer any more. */
const endings: readonly (readonly [string, (terminal: GustTerminal) => void])[] = [
  ["Ctrl-C", (terminal) => terminal.press(keys.ctrlC)],
  ["Ctrl-D", (terminal) => terminal.press(keys.ctrlD)],
  ["Esc", (terminal) => terminal.press(keys.escape)],
  ["SIGTERM", (terminal) => terminal.signal("SIGTERM")],
  ["SIGHUP", (terminal) => terminal.signal("SIGHUP")],
];

describe("at a terminal", () => {
  let server: RunningServer;
  let at: readonly string[];

  before(async () => {
    server = await startServer();
    at = ["--data", server.dataDirectory];
  });
  after(() => server[Symbol.asyncDispose]());

  async function isThere(name: string): Promise<boolean> {
    return (await gust(["info", name, ...at])).code === 0;
  }

  /** Ends a command in every way while it asks; it has to be interrupted each time, with the cursor shown again. */
  async function interruptAt(question: RegExp, start: () => GustTerminal): Promise<void> {
    for (const [what, end] of endings) {
      const terminal = start();
      await terminal.shows(question);
      end(terminal);
      const { code, screen } = await terminal.ended;
      assert.equal(code, 130, `${what}: ${screen}`);
      assert.ok(screen.lastIndexOf("\u001B[?25h") > screen.lastIndexOf("\u001B[?25l"), `${what}: no cursor`);
    }
  }

  it("init lets a person choose a template, and makes nothing when it is interrupted", async () => {
    await using directory = await makeDirectory();
    const start = (): GustTerminal => gustInTerminal(["init"], { cwd: directory.path });
    await interruptAt(/Which template\?/, start);
    assert.deepEqual(await fs.readdir(directory.path), []);
    const terminal = start();
    await terminal.shows(/Which template\?[^]*service-express/);
    terminal.press(keys.down + keys.enter);
    await terminal.shows(/Made event: index\.mjs, template\.yaml/);
    assert.equal((await terminal.ended).code, 0);
  });

  it("deploy offers to write the project file, and deploys nothing when it is interrupted", async () => {
    await using directory = await makeDirectory(page);
    const start = (): GustTerminal => gustInTerminal(["deploy", directory.path, "--name", "offered", ...at]);
    await interruptAt(/Write template\.yaml/, start);
    assert.equal(await isThere("offered"), false);
    assert.deepEqual(await fs.readdir(directory.path), ["index.mjs"]);
    const terminal = start();
    await terminal.shows(/Write template\.yaml/);
    terminal.press("y");
    await terminal.shows(/Wrote \S+template\.yaml[^]*offered[^]*created/);
    assert.equal((await terminal.ended).code, 0);
    assert.match(await fs.readFile(path.join(directory.path, "template.yaml"), "utf8"), /^ {4}offered:/m);
  });

  it("delete asks, takes Enter for a no, and asks nobody about what is not there", async () => {
    await using directory = await makeDirectory(page);
    assert.equal((await gust(["deploy", directory.path, "--name", "asked-for", ...at])).code, 0);
    const start = (): GustTerminal => gustInTerminal(["delete", "asked-for", ...at]);
    await interruptAt(/Delete default\/asked-for\?/, start);
    const refused = start();
    await refused.shows(/Delete default\/asked-for\?/);
    refused.press(keys.enter);
    await refused.shows(/Nothing was deleted/);
    assert.equal((await refused.ended).code, 1);
    assert.equal(await isThere("asked-for"), true);
    const agreed = start();
    await agreed.shows(/Delete default\/asked-for\?/);
    agreed.press("y");
    await agreed.shows(/Deleted default\/asked-for\./);
    assert.equal((await agreed.ended).code, 0);
    const gone = await start().ended;
    assert.equal(gone.code, 4, gone.screen);
    assert.doesNotMatch(gone.screen, /Delete /);
  });

  it("login asks on standard error for both parts of the key, and never shows the secret one", async () => {
    await using directory = await makeDirectory();
    const { secretId, secretKey } = server.credentials;
    const environment = { XDG_CONFIG_HOME: directory.path, TENCENTCLOUD_SECRET_ID: secretId };
    const start = (): GustTerminal => gustInTerminal(["login", server.url, "--name", "typed"], { environment });
    await interruptAt(/SecretKey/, start);
    assert.deepEqual(await fs.readdir(directory.path), []);
    const terminal = start();
    await terminal.shows(/SecretKey/);
    terminal.press(`${secretKey} ${keys.enter}`); // pasted with a blank
    await terminal.shows(/Commands now go to/);
    const { code, screen } = await terminal.ended;
    assert.equal(code, 0);
    assert.equal(screen.includes(secretKey.slice(0, 8)), false);
    assert.match(
      await fs.readFile(path.join(directory.path, "gust/profiles.json"), "utf8"),
      new RegExp(`"${secretKey}"`),
    );
  });

  it("nobody is asked with --json, and nothing is coloured with NO_COLOR or broken without a size", async () => {
    await using directory = await makeDirectory(page);
    for (const args of [["init"], ["deploy", directory.path, "--name", "quiet"], ["delete", "quiet"]]) {
      const { code, screen } = await gustInTerminal([...args, "--json", ...at]).ended;
      assert.equal(code, 0, screen);
      assert.doesNotThrow(() => JSON.parse(screen), screen);
    }
    const login = await gustInTerminal(["login", server.url, "--json"]).ended;
    assert.equal(login.code, 2, login.screen);
    const terminal = gustInTerminal(["init"], { environment: { NO_COLOR: "1" }, columns: 0 });
    await terminal.shows(/Which template\?\r\n.*minimal \(event function/);
    terminal.press(keys.ctrlC);
    const marks = (await terminal.ended).screen.split("\u001B").slice(1);
    assert.deepEqual(
      marks.filter((mark) => /^\[[\d;]*m/.test(mark)), // those that colour
      [],
    );
  });

  it("without one, commands say what to give instead of waiting for a person", async () => {
    const listed = await gust(["init"]);
    assert.equal(listed.code, 0);
    assert.match(listed.stdout, /service-express[^]*gust init http my-api/);
    const environment = { TENCENTCLOUD_SECRET_ID: "", TENCENTCLOUD_SECRET_KEY: "" };
    const login = await gust(["login", server.url], { environment });
    assert.equal(login.code, 2);
    assert.match(login.stderr, /Give the SecretId with --secret-id or TENCENTCLOUD_SECRET_ID/);
    const key = await gust(["login", server.url, "--secret-id", "id"], { environment });
    assert.equal(key.code, 2);
    assert.match(key.stderr, /Give the SecretKey with TENCENTCLOUD_SECRET_KEY or on standard input/);
  });
});
