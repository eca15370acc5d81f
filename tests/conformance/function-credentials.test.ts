import assert from "node:assert/strict";
import { glob, readFile, rm } from "node:fs/promises";
import path from "node:path";
import { after, before, describe, it } from "node:test";
import { build } from "esbuild";
import { withoutContainers } from "../containers.ts";
import { clientOf, deploy, type PackageFiles } from "../deployed-function.ts";
import { makeDataDirectory, startServer, type RunningServer } from "../running-server.ts";
import { pythonEnvironment } from "./python-environment.ts";

/**
 * Does what its event says with Tencent's own client as it is published (in one file, as people deploy it), signed with what stands in its
 * environment or in the event; or knocks at a port.
 */
const program = `
import { scf } from "tencentcloud-sdk-nodejs-scf";
import net from "node:net";


function clientWith(credential, endpoint) {
  const httpProfile = { protocol: "http://", reqTimeout: 20, endpoint };
  return new scf.v20180416.Client({ credential, region: process.env.TENCENTCLOUD_REGION, profile: { httpProfile } });
}

function own() {
  const { TENCENTCLOUD_SECRETID, TENCENTCLOUD_SECRETKEY, TENCENTCLOUD_SESSIONTOKEN } = process.env;
  return { secretId: TENCENTCLOUD_SECRETID, secretKey: TENCENTCLOUD_SECRETKEY, token: TENCENTCLOUD_SESSIONTOKEN };
}

async function told() {
  const { TmpSecretId, TmpSecretKey, Token } = await (await fetch(process.env.GUST_CREDENTIALS_URL)).json();
  return { secretId: TmpSecretId, secretKey: TmpSecretKey, token: Token };
}

const knock = (host, port) => new Promise((resolve) => {
  const socket = net.connect({ host, port }, () => resolve("connected")).on("error", ({ code }) => resolve(code));
  socket.setTimeout(3000, () => resolve("silence"));
});

const actions = {
  who: async () => ({ ...own(), url: process.env.GUST_API_URL, credentialsUrl: process.env.GUST_CREDENTIALS_URL }),
  api: async ({ action, fields, endpoint, credential, isTold }) => {
    const host = endpoint ?? new URL(process.env.GUST_API_URL).host;
    return clientWith(credential ?? (isTold ? await told() : own()), host)[action](fields).catch(({ code, message }) => ({ code, message }));
  },
  knock: async ({ host, port }) => knock(host, port),
  fetch: async ({ url, headers }) => { const answer = await fetch(url, { headers }); return [answer.status, await answer.text()]; },
};

export const main_handler = async (event) => actions[event.do](event);
export const web = async (request) => Response.json(await actions.api({ action: "Invoke", fields: { FunctionName: "callee" }, ...(await request.json()) }));
`;

async function bundled(): Promise<PackageFiles> {
  const made = await build({
    stdin: { contents: program, resolveDir: import.meta.dirname },
    bundle: true,
    platform: "node",
    format: "cjs",
    write: false,
    logLevel: "silent",
  });
  return { "index.js": made.outputFiles[0]?.text ?? "" };
}

const callee = { "index.js": "exports.main_handler = async (event, context) => ({ called: context.function_name });" };
const offline = { PublicNetConfig: { PublicNetStatus: "DISABLE" } };
const role = { Role: "SCF_QcsRole" };

const pythonProgram = `
import os
from tencentcloud.common import credential
from tencentcloud.common.exception.tencent_cloud_sdk_exception import TencentCloudSDKException
from tencentcloud.common.profile.client_profile import ClientProfile
from tencentcloud.common.profile.http_profile import HttpProfile
from tencentcloud.scf.v20180416 import models, scf_client

def main_handler(event, context):
    names = ("TENCENTCLOUD_SECRETID", "TENCENTCLOUD_SECRETKEY", "TENCENTCLOUD_SESSIONTOKEN")
    profile = ClientProfile(httpProfile=HttpProfile(endpoint=os.environ["GUST_API_URL"]))
    client = scf_client.ScfClient(credential.Credential(*(os.environ[name] for name in names)), os.environ["TENCENTCLOUD_REGION"], profile)
    invoke, delete = models.InvokeRequest(), models.DeleteFunctionRequest()
    invoke.FunctionName = delete.FunctionName = "callee"
    result = client.Invoke(invoke).Result.RetMsg
    try:
        client.DeleteFunction(delete)
    except TencentCloudSDKException as error:
        return [result, error.code]
`;

/** What its client imports, from the environment of tccli, which brings the package with all of Tencent's products. */
const pythonPackages = [
  "tencentcloud/__init__.py",
  "tencentcloud/common",
  "tencentcloud/scf",
  "requests",
  "urllib3",
  "idna",
  "certifi",
  "charset_normalizer",
];

async function pythonFunction(): Promise<PackageFiles> {
  const python = await pythonEnvironment("tccli", path.join(import.meta.dirname, "fixtures/tccli-requirements.txt"));
  const [site] = await Array.fromAsync(glob("lib/python3*/site-packages", { cwd: path.dirname(path.dirname(python)) }));
  const packages = path.join(path.dirname(path.dirname(python)), site ?? "");
  const patterns = pythonPackages.map((name) => (name.endsWith(".py") ? name : `${name}/**/*.{py,pem}`));
  const files = await Array.fromAsync(glob(patterns, { cwd: packages }));
  const contents = files.map(async (file) => [file, await readFile(path.join(packages, file))] as const);
  return { ...Object.fromEntries(await Promise.all(contents)), "index.py": pythonProgram };
}

/** What the first program answers, beside bare texts: fields of a reply, of an error, or of its environment; or status and text of a fetch. */
type Answer = readonly [number, string] &
  Readonly<Record<"FunctionName" | "code" | "message" | "url" | "credentialsUrl", string>> &
  Readonly<Record<"secretId" | "secretKey" | "token", string>> & { readonly Result?: { readonly RetMsg: string } };

/** What a function makes of an event. */
async function ask(server: RunningServer, event: object, FunctionName = "caller"): Promise<Answer> {
  const { Result: result } = await clientOf(server).call("Invoke", {
    FunctionName,
    ClientContext: JSON.stringify(event),
  });
  return JSON.parse(String(Object(result)["RetMsg"]));
}

const invokeCallee = { do: "api", action: "Invoke", fields: { FunctionName: "callee" } };
const deleteCallee = { do: "api", action: "DeleteFunction", fields: { FunctionName: "callee" } };
const called = '{"called":"callee"}';

for (const sandbox of ["oci", "process"] as const) {
  const skip = sandbox === "oci" && withoutContainers;
  describe(`a function with a role, with the unmodified Node SDK (${sandbox})`, { skip, timeout: 120_000 }, () => {
    let dataDirectory = "";
    let server: RunningServer;
    before(async () => {
      dataDirectory = await makeDataDirectory();
      server = await startServer({ dataDirectory, environment: { GUST_SANDBOX: sandbox } });
      const code = await bundled();
      await Promise.all([
        deploy(server, "callee", callee),
        deploy(server, "caller", code, { ...role, Timeout: 30 }),
        deploy(server, "web", code, { ...role, Type: "HTTP", Handler: "index.web" }),
        deploy(server, "nobody", code, { Timeout: 30 }),
        ...(sandbox === "oci" ? [deploy(server, "offline", code, { ...role, ...offline, Timeout: 30 })] : []),
      ]);
    });
    after(async () => {
      await server[Symbol.asyncDispose]();
      await rm(dataDirectory, { recursive: true, force: true });
    });

    it("calls another function and reads, and may delete none", async () => {
      assert.equal((await ask(server, invokeCallee)).Result?.RetMsg, called);
      assert.equal((await ask(server, { ...invokeCallee, action: "GetFunction" })).FunctionName, "callee");
      const refused = await ask(server, deleteCallee);
      assert.equal(refused.code, "UnauthorizedOperation");
      assert.match(
        refused.message,
        /role "SCF_QcsRole" of the function default\/caller does not permit scf:DeleteFunction/,
      );
      assert.equal((await clientOf(server).call("GetFunction", { FunctionName: "callee" }))["Status"], "Active");
    });

    it("asks for its credentials where it cannot be given new ones with each call", async () => {
      assert.equal((await ask(server, { ...invokeCallee, isTold: true })).Result?.RetMsg, called);
      for (const isTold of [false, true]) {
        const answer = await fetch(`${server.url}/~default/web/`, { method: "POST", body: JSON.stringify({ isTold }) });
        assert.equal(Object(await answer.json()).Result?.RetMsg, called);
      }
    });

    it("has nothing to sign with when it has no role, and no secret of the platform in any case", async () => {
      const { url } = await ask(server, { do: "who" }, "caller");
      assert.deepEqual(await ask(server, { do: "who" }, "nobody"), { url });
      assert.match((await ask(server, invokeCallee, "nobody")).code, /^AuthFailure\.SecretIdNotFound$/);
      const { secretId, secretKey, token } = await ask(server, { do: "who" });
      assert.ok(secretId !== server.credentials.secretId && secretKey !== server.credentials.secretKey);
      const pair = { secretId, secretKey };
      assert.equal(
        (await ask(server, { ...invokeCallee, credential: pair }, "nobody")).code,
        "AuthFailure.TokenFailure",
      );
      const cut = { ...pair, token: token.slice(0, -2) };
      assert.equal(
        (await ask(server, { ...invokeCallee, credential: cut }, "nobody")).code,
        "AuthFailure.TokenFailure",
      );
    });

    if (sandbox === "oci") {
      it("reaches the API by both names, no function and nothing else of the host", async () => {
        for (const endpoint of ["scf.internal.tencentcloudapi.com", "api.gust.internal"]) {
          assert.equal((await ask(server, { ...invokeCallee, endpoint })).Result?.RetMsg, called);
        }
        assert.equal((await ask(server, { do: "who" })).url, "http://api.gust.internal");
        assert.equal((await ask(server, invokeCallee, "offline")).Result?.RetMsg, called);
        const [status, text] = await ask(server, { do: "fetch", url: "http://api.gust.internal/~default/web/" });
        assert.equal(status, 404);
        assert.match(text, /the cloud API answers here/);
        const host = "api.gust.internal";
        assert.equal(await ask(server, { do: "knock", host, port: 443 }), "ECONNREFUSED");
        assert.equal(await ask(server, { do: "knock", host, port: 80 }), "connected");
        assert.equal(await ask(server, { do: "knock", host, port: server.port }), "ECONNREFUSED");
        assert.notEqual(await ask(server, { do: "knock", host: "127.0.0.1", port: server.port }), "connected");
        const { credentialsUrl } = await ask(server, { do: "who" });
        const [other] = await ask(server, { do: "fetch", url: credentialsUrl }, "nobody");
        assert.equal(other, 404, "the address is another instance's");
        const outside = await fetch(`${server.url}${new URL(credentialsUrl).pathname}`);
        assert.equal(outside.status, 404);
      });
    }

    it("does the same in Python, with Tencent's package unmodified", async () => {
      await deploy(server, "snake", await pythonFunction(), { ...role, Runtime: "Python3.10", Timeout: 30 });
      assert.deepEqual(await ask(server, {}, "snake"), [called, "UnauthorizedOperation"]);
    });

    it("keeps credentials that it gave away through a restart, kill -9 included", async () => {
      const credential = await ask(server, { do: "who" });
      await server.crash();
      server = await startServer({ dataDirectory, environment: { GUST_SANDBOX: sandbox } });
      assert.equal((await ask(server, { ...invokeCallee, credential }, "nobody")).Result?.RetMsg, called);
      assert.equal((await ask(server, { ...deleteCallee, credential }, "nobody")).code, "UnauthorizedOperation");
      assert.equal((await ask(server, invokeCallee)).Result?.RetMsg, called);
    });
  });
}
