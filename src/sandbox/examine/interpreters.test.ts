import assert from "node:assert/strict";
import fs from "node:fs/promises";
import os from "node:os";
import path from "node:path";
import { it } from "node:test";
import { missingJava } from "../java/find-java.ts";
import { checkInterpreters } from "./interpreters.ts";

it("languages are looked for in the image that functions see, whatever this host has", async (t) => {
  const directory = await fs.mkdtemp(path.join(os.tmpdir(), "gust-root-"));
  t.after(async () => fs.rm(directory, { recursive: true, force: true }));
  const root = { directory, image: "/srv/root.erofs" };
  const kit = { home: "/usr/lib/jvm/java-17-openjdk-amd64", version: "17.0.15" };
  await fs.mkdir(path.join(directory, "usr/bin"), { recursive: true });
  await fs.symlink("/etc/alternatives/php", path.join(directory, "usr/bin/php")); // leads somewhere in the image alone
  const found = checkInterpreters(root).map(({ name, outcome, found: words }) => `${name} ${outcome}: ${words}`);
  assert.deepEqual(found, [
    "python3 missing: /srv/root.erofs has no python3 (gust runtime build --packages python3 makes an image that has): Python functions do not run",
    "php pass: /usr/bin/php of /srv/root.erofs, for PHP functions",
    "php-cgi missing: /srv/root.erofs has no php-cgi (gust runtime build --packages php-cli,php-cgi makes an image that has): HTTP functions in PHP do not run",
    "pip missing: /srv/root.erofs has no pip (gust runtime build --packages python3-pip makes an image that has): InstallDependency of Python functions fails",
  ]);
  await fs.mkdir(path.join(directory, "usr/share/python-wheels"), { recursive: true });
  await fs.writeFile(path.join(directory, "usr/share/python-wheels/pip-23.0-py3-none-any.whl"), "");
  assert.equal(checkInterpreters(root).find(({ name }) => name === "pip")?.outcome, "pass");
  const lacking = `/srv/root.erofs has no ${kit.home}/bin/java (gust runtime build --packages openjdk-17-jre-headless makes an image that has)`;
  assert.equal(missingJava(root, kit), lacking);
  await fs.mkdir(path.join(directory, kit.home, "bin"), { recursive: true });
  await fs.writeFile(path.join(directory, kit.home, "bin/java"), "");
  assert.equal(missingJava(root, kit), null);
  assert.match(missingJava(root, null) ?? "", /^this host has no JDK 17 or newer \(Debian: apt-get install openjdk-17/);
});
