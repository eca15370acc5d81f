import assert from "node:assert/strict";
import fs from "node:fs/promises";
import os from "node:os";
import path from "node:path";
import { it } from "node:test";
import { missingRequirements } from "./missing-requirements.ts";

it("says which packages of requirements.txt the directory of a Python function does not have", async () => {
  const directory = await fs.mkdtemp(path.join(os.tmpdir(), "gust-requirements-"));
  try {
    const code = { path: directory };
    const web = { namespace: "default", name: "web", type: "HTTP", code, configuration: {}, triggers: null } as const;
    const write = async (name: string, text: string): Promise<void> => {
      await fs.mkdir(path.dirname(path.join(directory, name)), { recursive: true });
      await fs.writeFile(path.join(directory, name), text);
    };
    const found = (runtime = "Python3.10"): Promise<string[]> => missingRequirements({ ...web, runtime });
    assert.deepEqual(await found(), [], "without the file");
    const requirements =
      "# web\nFlask==3.1 # pinned\nmy_pack.age >= 2\ncolorama; os_name == 'nt'\n-r more.txt\nrequests[socks]\n";
    await write("requirements.txt", requirements);
    assert.match(
      (await found()).join("\n"),
      /of web is not installed .*, and Flask, my_pack\.age, requests are not in its directory: pip install -r/,
    );
    assert.deepEqual(await found("Nodejs26"), []);
    await write("flask-3.1.0.dist-info/METADATA", "");
    await write("My_Pack_Age-2.0.dist-info/METADATA", "");
    assert.match((await found()).join("\n"), /, and requests is not in/);
    await write("requests-2.dist-info/METADATA", "");
    assert.deepEqual(await found(), []);
  } finally {
    await fs.rm(directory, { recursive: true, force: true });
  }
});
