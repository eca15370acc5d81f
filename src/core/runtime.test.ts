import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { findRuntime, runtimeNames, runtimeSubstitution } from "./runtime.ts";

const programOf = (name: string) => findRuntime(name)?.program;

describe("runtimes", () => {
  it("have a language, and a program that serves them", () => {
    const expected = {
      Nodejs26: ["node", "26", "node26"],
      "Nodejs12.16": ["node", "12.16", "node18"],
      "Nodejs8.9-service": ["node", "8.9", "node18"],
      "Python3.10": ["python", "3.10", "python3"],
      "Php7.4": ["php", "7.4", "php8"],
      Php5: ["php", "5", "php8"],
      Go1: ["go", "", "custom"],
      CustomRuntime: ["custom", "", "custom"],
    };
    for (const [name, means] of Object.entries(expected)) {
      const found = findRuntime(name);
      assert.deepEqual([found?.language, found?.asked, found?.program], means, name);
      assert.equal(found?.isService, name.endsWith("-service"));
    }
  });

  it("run on the nearest line that is not older", () => {
    const lines = {
      "6.10": 18,
      "16.13": 18,
      "18.15": 18,
      "19.0": 20,
      "20.19": 20,
      "22.1": 22,
      "23": 24,
      "24": 24,
      "25.1": 26,
    };
    for (const [version, line] of Object.entries(lines)) assert.equal(programOf(`Nodejs${version}`), `node${line}`);
  });

  it("newer than every line there is are served by the newest", () => {
    assert.equal(programOf("Nodejs30.1"), "node26");
  });

  it("of other languages are unknown, and all that are known are listed", () => {
    for (const name of ["Python2.7", "Ruby3.2", "Nodejs", "nodejs18.15", "Nodejs18.15.1", "Go2", "Php", "Php9", ""]) {
      assert.equal(findRuntime(name), null, name);
    }
    for (const name of ["Nodejs<version>", "Python3.<version>", "Php<version>", "Go1", "CustomRuntime"]) {
      assert.ok(runtimeNames.includes(name), name);
    }
  });

  it("say when another version runs than the one asked for", () => {
    assert.match(runtimeSubstitution("Python3.1", "3.11.7") ?? "", /^Python3\.1 runs on Python 3\.11\.7/);
    assert.match(runtimeSubstitution("Python3.6", "3.11.7") ?? "", /python3 of this host/);
    assert.match(
      runtimeSubstitution("Nodejs12.16", "26.10.0") ?? "",
      /^Nodejs12\.16 runs on Node\.js 26\.10\.0, the near/,
    );
    assert.match(runtimeSubstitution("Php7.4", "8.2.36") ?? "", /^Php7\.4 runs on PHP 8\.2\.36, the php of this host/);
    assert.equal(runtimeSubstitution("Php8.2", "8.2.36"), null);
    assert.equal(runtimeSubstitution("Php8", "8.2.36"), null);
    assert.equal(runtimeSubstitution("Python3.11", "3.11.7"), null);
    assert.equal(runtimeSubstitution("Nodejs26.1", "26.10.0"), null);
    assert.equal(runtimeSubstitution("Go1", "26.10.0"), null);
  });
});
