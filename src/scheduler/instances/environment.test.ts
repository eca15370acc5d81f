import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { Sha256 } from "../../core/index.ts";
import { spec, version } from "../testing/fakes.ts";
import { functionEnvironment } from "./environment.ts";

const paths = {
  codeRoot: "/var/user",
  layersRoot: "/opt",
  temporaryDirectory: "/tmp",
  interpreterDirectory: "/opt/node/bin",
};
const facts = {
  appId: "1250000000",
  uin: "100000000001",
  region: "ap-guangzhou",
  isolatesFiles: true,
  instanceId: "box-1",
  apiUrl: "http://api.gust.internal",
  credentials: null,
};

function environmentWith(own: Record<string, string>): Record<string, string> {
  const environment = Object.entries(own).map(([key, value]) => ({ key, value }));
  return functionEnvironment(version("event", { spec: spec("event", { environment }) }), paths, facts);
}

describe("the environment of a function", () => {
  it("is what SCF documents", () => {
    const environment = environmentWith({});
    const expected = {
      USER_CODE_ROOT: "/var/user/",
      TENCENTCLOUD_RUNENV: "SCF",
      TENCENTCLOUD_REGION: "ap-guangzhou",
      TENCENTCLOUD_APPID: "1250000000",
      TENCENTCLOUD_UIN: "100000000001",
      TENCENTCLOUD_TZ: "UTC",
      SCF_FUNCTIONNAME: "hello",
      SCF_FUNCTIONVERSION: "$LATEST",
      SCF_NAMESPACE: "default",
      SCF_RUNTIME: "Nodejs26",
      _SCF_SERVER_PORT: "28902",
      HOME: "/home/qcloud",
      USER: "qcloud",
      PWD: "/var/user",
      LANG: "en_US.UTF8",
      GUST_API_URL: "http://api.gust.internal",
    };
    for (const [name, value] of Object.entries(expected)) assert.equal(environment[name], value, name);
    const names = Object.keys(environment).filter((name) => /SECRET|TOKEN|CREDENTIALS/.test(name));
    assert.deepEqual(names, [], "nothing to sign with, without a role");
  });

  it("names the folders of layers after the function's own", () => {
    const use = { name: "l", version: 1, sha256: "0".repeat(64) as Sha256, unpackedBytes: 1 }; // brand: a made-up one
    const withLayers = version("event", { spec: spec("event", { layers: [use] }) });
    const environment = functionEnvironment(withLayers, paths, facts);
    assert.equal(
      environment["NODE_PATH"],
      "/var/user:/var/user/node_modules:/opt:/opt/node_modules:/opt/nodejs/node_modules",
    );
    assert.equal(environment["PYTHONPATH"], "/var/user:/opt:/opt/python");
    assert.match(environment["PATH"] ?? "", /:\/opt\/bin$/);
    assert.equal(environment["LD_LIBRARY_PATH"], "/opt/lib");
    assert.equal(environmentWith({})["LD_LIBRARY_PATH"], undefined);
  });

  it("lets the function's variables win over customs, not over facts", () => {
    const environment = environmentWith({ TZ: "Asia/Shanghai", PATH: "/mine", SCF_FUNCTIONNAME: "other", MINE: "1" });
    assert.deepEqual(
      [environment["TZ"], environment["PATH"], environment["MINE"], environment["SCF_FUNCTIONNAME"]],
      ["Asia/Shanghai", "/mine", "1", "hello"],
    );
  });
});
