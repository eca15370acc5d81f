import assert from "node:assert/strict";
import { it } from "node:test";
import { entry, spec, version } from "../testing/fakes.ts";
import { startScheduler } from "../testing/start-scheduler.ts";

it("says of every runtime whether it is there, and of the host's what would install one that is not", async () => {
  await using test = await startScheduler([]);
  const runtimes = new Map(test.scheduler.runtimes().map((runtime) => [runtime.name, runtime]));
  assert.partialDeepStrictEqual(runtimes.get("node26"), {
    state: "installed",
    problem: "",
    origin: "the platform's own",
  });
  for (const name of ["python3", "php8", "java"]) {
    const { state, problem, origin } = runtimes.get(name) ?? {};
    assert.equal(origin, "this host");
    if (state === "installed") assert.equal(problem, "");
    else assert.match(problem ?? "", /^this host has no .* \(Debian: apt-get install .*\)$/);
  }
});

it("looks into the image that boxes see, not at the host, and says how to build one that has it", async () => {
  const inPhp = version("event", { name: "in-php", spec: spec("event", { runtime: "Php8.0" }) });
  const deployed = entry([inPhp], { status: "Creating" });
  await using test = await startScheduler([deployed], {}, ({ driver }) => {
    driver.image = "/srv/root.erofs";
    driver.root = "/nowhere";
    driver.isolatesFiles = true;
  });
  const php = test.scheduler.runtimes().find(({ name }) => name === "php8");
  assert.equal(php?.state, "absent");
  assert.equal(
    php.problem,
    "/srv/root.erofs has no php (gust runtime build --packages php-cli,php-cgi makes an image that has)",
  );
  const told = test.store.statuses.at(-1);
  assert.equal(told?.status, "CreateFailed");
  assert.match(
    told.reasons[0]?.errorMessage ?? "",
    /^Php8\.0 does not run here: \/srv\/root\.erofs has no php \(gust runtime build/,
  );
});
