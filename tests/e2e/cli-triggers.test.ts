import assert from "node:assert/strict";
import { once } from "node:events";
import http from "node:http";
import { text } from "node:stream/consumers";
import { after, before, describe, it } from "node:test";
import { deployTriggers } from "../../cli/deployment/deploy-triggers.ts";
import type { ProjectTrigger } from "../../cli/project/project.ts";
import { clientOf } from "../deployed-function.ts";
import { gust, makeDirectory } from "../gust-command.ts";
import { startServer, type RunningServer } from "../running-server.ts";

const template = `Resources:
  default:
    Type: TencentCloud::Serverless::Namespace
    shop:
      Type: TencentCloud::Serverless::Function
      Properties:
        CodeUri: ./
        Handler: index.main_handler
        Runtime: Nodejs26
        Events: { api: { Type: APIGW, Properties: { IntegratedResponse: true } } }
`;
const code = `exports.main_handler = async ({ path }) => ({ statusCode: 201, headers: {}, body: path });`;
const preset: ProjectTrigger = {
  kind: "apigw",
  stage: "release",
  method: "ANY",
  isIntegratedResponse: true,
  serviceId: null,
  isEnabled: true,
};

describe("gust deploy of a project with triggers", () => {
  let server: RunningServer;
  before(async () => {
    server = await startServer();
  });
  after(() => server[Symbol.asyncDispose]());

  /** As a later deployment of the project would. */
  function deployed(triggers: Readonly<Record<string, ProjectTrigger>>) {
    const configured = { namespace: "default", name: "shop", type: "Event", runtime: "Nodejs26" } as const;
    const wanted = { ...configured, code: { path: "" }, configuration: {}, triggers };
    return deployTriggers(wanted, { client: clientOf(server), signal: AbortSignal.timeout(30_000) });
  }

  async function list() {
    const { Triggers: all } = await clientOf(server).request("ListTriggers", { FunctionName: "shop" });
    return all;
  }

  it("makes them, prints where they answer, and changes nothing the second time", async () => {
    await using directory = await makeDirectory({ "index.js": code, "template.yaml": template });
    const { code: status, stdout, stderr } = await gust(["deploy", directory.path, "--data", server.dataDirectory]);
    assert.equal(status, 0, stderr);
    const url = /trigger api {2}created {2}(\S+)/.exec(stdout)?.[1] ?? "";
    assert.match(url, /^http:\/\/service-\w+-\d+\.localhost:\d+\/release\/shop$/, stdout);
    const { host, pathname } = new URL(url);
    const request = http.get({ host: "127.0.0.1", port: server.port, path: pathname, headers: { host } });
    const [answer] = await once(request, "response");
    assert.deepEqual([answer.statusCode, await text(answer)], [201, "/shop"]);
    const present = await list();
    const again = await deployed({ api: preset });
    assert.deepEqual(again, { triggers: [{ name: "api", outcome: "unchanged", url, isOpen: true }], leftAlone: [] });
    assert.deepEqual(await list(), present);
  });

  it("changes what the project says otherwise, moves it to another stage, and deletes what it does not say any more", async () => {
    const posts = { ...preset, method: "POST", isIntegratedResponse: false };
    const {
      triggers: [updated],
    } = await deployed({ api: posts });
    assert.equal(updated?.outcome, "updated");
    const { api } = JSON.parse((await list())[0]?.TriggerDesc ?? "");
    assert.deepEqual([api.requestConfig.method, api.isIntegratedResponse], ["POST", "FALSE"]);
    const {
      triggers: [moved, ...others],
    } = await deployed({ api: { ...posts, stage: "test" } });
    assert.deepEqual([moved?.outcome, others], ["updated", []]);
    assert.equal(moved?.url, updated.url?.replace("/release/", "/test/"), "in its service again");
    const now = JSON.parse((await list())[0]?.TriggerDesc ?? "");
    const named = { ServiceId: now.service.serviceId, ApiId: now.api.apiId };
    await clientOf(server).call("DeleteApi", named, { product: { service: "apigateway", version: "2018-08-08" } });
    const remade = await deployed({ api: { ...posts, stage: "test" } });
    assert.deepEqual(remade.triggers, [moved], "an API that others deleted is made again");
    const { triggers } = await deployed({});
    assert.deepEqual(triggers, [{ name: "api", outcome: "deleted", url: null, isOpen: false }]);
    assert.deepEqual(await list(), []);
  });

  it("leaves alone what it did not make, and says so", async () => {
    const made = { FunctionName: "shop", TriggerName: "by-hand", Type: "apigw", Qualifier: "$LATEST" };
    await clientOf(server).call("CreateTrigger", made);
    assert.deepEqual((await deployed({})).leftAlone, ["by-hand"]);
    await assert.rejects(deployed({ "by-hand": { ...preset, stage: "test" } }), /which gust deploy did not make/);
    assert.deepEqual(
      (await list()).map(({ TriggerName: name }) => name),
      ["by-hand"],
    );
  });
});
