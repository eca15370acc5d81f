import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import fs from "node:fs/promises";
import { it } from "node:test";
import { clientOf, deploy, waitUntilActive, zipOf } from "../deployed-function.ts";
import { makeDataDirectory, startServer, type RunningServer } from "../running-server.ts";
import { packagesOf, until } from "./aftermath.ts";

const code = { "index.js": `exports.main_handler = async () => ["one", "two"].map((name) => require(name));` };
const runtime = "Nodejs26";

async function publish(server: RunningServer, name: string): Promise<string> {
  const zip = await zipOf({ [`node_modules/${name}/index.js`]: `module.exports = "${name}";` });
  const fields = { LayerName: name, CompatibleRuntimes: [runtime], Content: { ZipFile: zip } };
  assert.equal((await clientOf(server).call("PublishLayerVersion", fields))["LayerVersion"], 1);
  return createHash("sha256").update(Buffer.from(zip, "base64")).digest("hex");
}

async function answerOf(server: RunningServer): Promise<unknown> {
  const { Result: result } = await clientOf(server).call("Invoke", { FunctionName: "layered", ClientContext: "{}" });
  return JSON.parse(String((result as Record<string, unknown>)["RetMsg"])); // wire type of Invoke
}

const keepsOnly =
  (dataDirectory: string, ...packages: readonly string[]) =>
  async (): Promise<boolean> => {
    const { kept, halfMade } = await packagesOf(dataDirectory);
    return kept.toSorted().join() === packages.toSorted().join() && halfMade.length === 0;
  };

it("layers whose publication was acknowledged outlive kill -9, and their content the versions, as long as a function has it", async () => {
  const dataDirectory = await makeDataDirectory();
  try {
    await using first = await startServer({ dataDirectory });
    const hashes = [await publish(first, "one"), await publish(first, "two")];
    await first.crash();

    await using second = await startServer({ dataDirectory });
    const { TotalCount: total } = await clientOf(second).call("ListLayers", {});
    assert.equal(total, 2);
    const Layers = ["one", "two"].map((LayerName) => ({ LayerName, LayerVersion: 1 }));
    await deploy(second, "layered", code, { Layers });
    assert.deepEqual(await answerOf(second), ["one", "two"]);
    for (const layer of Layers) await clientOf(second).call("DeleteLayerVersion", layer);
    const own = createHash("sha256")
      .update(Buffer.from(await zipOf(code), "base64"))
      .digest("hex");
    await second.crash();

    // What nothing uses goes at a start. The merged tree is made again when it is not there.
    await using third = await startServer({ dataDirectory });
    await until("code and layers of the function are kept", keepsOnly(dataDirectory, own, ...hashes));
    assert.deepEqual(await answerOf(third), ["one", "two"]);
    const none = { FunctionName: "layered", Layers: [{ LayerName: "", LayerVersion: 0 }] };
    await clientOf(third).call("UpdateFunctionConfiguration", none);
    await waitUntilActive(third, "layered"); // until then the revision before serves, and has them
    await third.crash();

    await using fourth = await startServer({ dataDirectory });
    await until("layers that nothing has any more are gone", keepsOnly(dataDirectory, own));
    assert.equal((await clientOf(fourth).call("ListLayers", {}))["TotalCount"], 0);
  } finally {
    await fs.rm(dataDirectory, { recursive: true, force: true });
  }
});
