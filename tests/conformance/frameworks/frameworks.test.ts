import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { waitUntilActive, type DeployedFunction } from "../../deployed-function.ts";
import { gust } from "../../gust-command.ts";
import { startServer, type RunningServer } from "../../running-server.ts";
import { tlsPortOf } from "../../tls-port.ts";
import { ask } from "./app-client.ts";
import { frameworkSuite } from "./framework.suite.ts";
import { frameworks } from "./frameworks.ts";
import { prepareFramework } from "./prepare-framework.ts";

const prepared = await Promise.all(
  frameworks.map(async (framework) => ({ framework, application: await prepareFramework(framework) })),
);

/** Applications as the documentation of their frameworks has them, deployed by `gust deploy`, asked by domain and by path. */
describe("unmodified frameworks as services", () => {
  let server: RunningServer;
  before(async () => {
    const sandbox = process.env["GUST_SANDBOX"] ?? "process"; // by hand: GUST_SANDBOX=oci
    server = await startServer({ environment: { GUST_SANDBOX: sandbox, GUST_TLS_PORT: "0" } });
  });
  after(() => server[Symbol.asyncDispose]());

  for (const { framework, application } of prepared) {
    const skip = application.kind === "absent" && application.reason;
    describe(framework.title, { skip }, () => {
      let deployed: DeployedFunction;
      before(async () => {
        if (application.kind === "absent") return;
        const { code, stderr } = await gust(["deploy", application.directory, "--data", server.dataDirectory]);
        assert.equal(code, 0, stderr);
        deployed = await waitUntilActive(server, framework.name);
      });

      describe("by its domain", () =>
        frameworkSuite(framework.name, () => ({
          scheme: "http",
          port: server.port,
          host: `${deployed.host}:${server.port}`,
          basePath: "",
        })));
      describe("by its path", () =>
        frameworkSuite(framework.name, () => ({
          scheme: "http",
          port: server.port,
          host: `127.0.0.1:${server.port}`,
          basePath: `/~default/${framework.name}`,
        })));

      if (framework.asksWhomToTrust !== true) return;
      it("makes addresses with https for who asks over TLS", async () => {
        const port = await tlsPortOf(server);
        const app = { scheme: "https", port, host: `${deployed.host}:${port}`, basePath: "" } as const;
        const { headers } = await ask(app, "/redirect/absolute");
        assert.equal(headers.location, `https://${app.host}/landed`);
      });
    });
  }
});
