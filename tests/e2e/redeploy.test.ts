import assert from "node:assert/strict";
import { it } from "node:test";
import { clientOf, deploy, waitUntilActive, zipOf, type PackageFiles } from "../deployed-function.ts";
import { startServer } from "../running-server.ts";

function service(version: string): PackageFiles {
  return {
    "server.mjs": `import http from "node:http";
      http.createServer((req, res) => setTimeout(() => res.end("${version}"), 5)).listen(Number(process.env.PORT));`,
    scf_bootstrap: { text: `#!/bin/sh\nexec node server.mjs\n`, mode: 0o755 },
  };
}

it("a new version of a service takes over without a failed request", async () => {
  await using server = await startServer();
  const { url } = await deploy(server, "takeover", service("v1"), { Type: "HTTP" });
  const seen = new Map<string, number>();
  let isRunning = true;
  const callers = Array.from({ length: 8 }, async () => {
    while (isRunning) {
      const response = await fetch(url);
      const answer = `${response.status} ${await response.text()}`;
      seen.set(answer, (seen.get(answer) ?? 0) + 1);
    }
  });
  for (const version of ["v2", "v3"]) {
    const code = await zipOf(service(version));
    await clientOf(server).call("UpdateFunctionCode", { FunctionName: "takeover", Code: { ZipFile: code } });
    await waitUntilActive(server, "takeover");
    const before = seen.get(`200 ${version}`) ?? 0;
    while ((seen.get(`200 ${version}`) ?? 0) < before + 20) await fetch(url).then((response) => response.text());
  }
  isRunning = false;
  await Promise.all(callers);
  assert.deepEqual([...seen.keys()].toSorted(), ["200 v1", "200 v2", "200 v3"]);
});
