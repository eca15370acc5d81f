import assert from "node:assert/strict";
import { once } from "node:events";
import http from "node:http";
import { text } from "node:stream/consumers";
import { it } from "node:test";
import { clientOf, deploy, waitUntilActive, zipOf, type PackageFiles } from "../deployed-function.ts";
import { startServer, type RunningServer } from "../running-server.ts";

/** Each answers with its version after 5 ms. */
const forms: Readonly<Record<string, { readonly type: string; readonly files: (version: string) => PackageFiles }>> = {
  event: {
    type: "Event",
    files: (version) => ({
      "index.mjs": `export const main_handler = () => new Promise((resolve) => setTimeout(resolve, 5, "${version}"));`,
    }),
  },
  http: {
    type: "HTTP",
    files: (version) => ({
      "index.mjs": `export const main_handler = (req, res) => setTimeout(() => res.end("${version}"), 5);`,
    }),
  },
  service: {
    type: "HTTP",
    files: (version) => ({
      "server.mjs": `import http from "node:http";
        http.createServer((req, res) => setTimeout(() => res.end("${version}"), 5)).listen(Number(process.env.PORT));`,
      scf_bootstrap: { text: `#!/bin/sh\nexec node server.mjs\n`, mode: 0o755 },
    }),
  },
};

/** Clients that keep their connections, and what they were answered: each text with how often. */
class Callers {
  readonly seen = new Map<string, number>();
  /** Connections that came to their end. */
  ends = 0;
  readonly #running: Promise<void>[];

  constructor(server: RunningServer, host: string, count: number) {
    this.#running = Array.from({ length: count }, async () => {
      const agent = new http.Agent({ keepAlive: true, maxSockets: 1 });
      while (await this.#ask(server, host, agent));
      agent.destroy();
    });
  }

  async ended(): Promise<void> {
    await Promise.all(this.#running);
  }

  /** False: the connection ends with it. */
  async #ask(server: RunningServer, host: string, agent: http.Agent): Promise<boolean> {
    const asked = new Promise<http.IncomingMessage>((resolve, reject) => {
      http.get({ host: "127.0.0.1", port: server.port, headers: { host }, agent }, resolve).on("error", reject);
    });
    const answer = await asked.catch((error: Error) => error);
    const what = answer instanceof Error ? answer.message : `${answer.statusCode} ${await text(answer)}`;
    this.seen.set(what, (this.seen.get(what) ?? 0) + 1);
    const isOver = answer instanceof Error || answer.headers.connection === "close";
    if (isOver) this.ends++;
    return !isOver;
  }
}

async function deployAll(server: RunningServer): Promise<Record<string, Callers>> {
  const callers: Record<string, Callers> = {};
  for (const [name, { type, files }] of Object.entries(forms)) {
    const deployed = await deploy(server, name, files("v1"), { Type: type });
    callers[name] = new Callers(server, type === "Event" ? await urlOf(server, name) : deployed.host, 3);
  }
  return callers;
}

it("new versions of each form take over without a failed request, and a stop fails none", async () => {
  await using server = await startServer();
  const callers = await deployAll(server);
  for (const version of ["v2", "v3"]) {
    for (const [name, { files }] of Object.entries(forms)) {
      const code = await zipOf(files(version));
      await clientOf(server).call("UpdateFunctionCode", { FunctionName: name, Code: { ZipFile: code } });
    }
    for (const name of Object.keys(forms)) {
      await waitUntilActive(server, name);
      const { seen } = callers[name] ?? assert.fail();
      const isThere = (): boolean => [...seen].some(([answer, count]) => answer.includes(version) && count >= 20);
      while (!isThere()) await once(AbortSignal.timeout(10), "abort");
    }
  }
  for (const [name, { ends }] of Object.entries(callers)) assert.equal(ends, 0, name);
  await server.stop();
  for (const [name, all] of Object.entries(callers)) {
    await all.ended();
    const answers = [...all.seen.keys()].toSorted().map((answer) => answer.replaceAll('"', ""));
    assert.deepEqual(answers, ["200 v1", "200 v2", "200 v3"], name);
  }
});

/** The host of a new function URL. */
async function urlOf(server: RunningServer, name: string): Promise<string> {
  const reply = await clientOf(server).call("CreateTrigger", {
    FunctionName: name,
    TriggerName: "url",
    Type: "http",
    Qualifier: "$DEFAULT",
    TriggerDesc: JSON.stringify({ AuthType: "NONE", NetConfig: { EnableIntranet: true, EnableExtranet: true } }),
  });
  return new URL(JSON.parse(Object(reply["TriggerInfo"]).TriggerDesc).NetConfig.IntranetUrl).host;
}
