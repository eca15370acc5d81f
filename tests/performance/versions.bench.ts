import path from "node:path";
import { nodePackages } from "../../src/sandbox/index.ts";
import { writeCodePackage } from "../conformance/code-package.ts";
import { RuntimeClient } from "../conformance/runtime-client.ts";
import { keptPackage } from "../kept-package.ts";
import { median } from "./load.ts";

/** The runtime on each version of Node.js, as a plain process: from its start to READY, and from INIT to the answer of the first call. */
const rounds = Number(process.env["BENCH_ROUNDS"] ?? 15);
const main = path.resolve(import.meta.dirname, "../../runtimes/node/main.js");
const files = {
  "index.js": `exports.main_handler = async (event) => event; exports.web = () => new Response("hello");`,
};

async function measure(program: string): Promise<{ ready: number; event: number; web: number }> {
  await using code = await writeCodePackage(files);
  const times = { ready: 0, event: 0, web: 0 };
  for (const form of ["event", "http"] as const) {
    const started = performance.now();
    await using client = new RuntimeClient([program, main]);
    await client.ready();
    times.ready = performance.now() - started;
    await new Promise((resolve) => setTimeout(resolve, 150)); // a pooled runtime has warmed up by the time it is claimed
    const claimed = performance.now();
    const handler = form === "event" ? "index.main_handler" : "index.web";
    await client.init({ codeRoot: code.root, form, handler });
    const call = form === "event" ? client.invoke({}) : client.request("GET", "/", ["host", "a.test"]);
    const { failure } = await call.answer;
    if (failure !== null) throw new Error(failure.message);
    times[form === "event" ? "event" : "web"] = performance.now() - claimed;
  }
  return times;
}

const programs = new Map([[process.versions.node, process.execPath]]);
for (const { name } of nodePackages()) {
  const kept = await keptPackage(nodePackages(), name);
  if (typeof kept === "string") process.stdout.write(`${name}: ${kept}\n`);
  else programs.set(kept.version, path.join(kept.directory, "bin/node"));
}
const found = new Map([...programs.keys()].map((version) => [version, [] as Awaited<ReturnType<typeof measure>>[]]));
for (let round = 0; round < rounds; round++) {
  for (const [version, program] of programs) found.get(version)?.push(await measure(program));
}
for (const [version, all] of found) {
  const of = (what: "ready" | "event" | "web"): string => `${median(all.map((times) => times[what])).toFixed(1)} ms`;
  process.stdout.write(
    `Node.js ${version}: ready ${of("ready")}, first event ${of("event")}, first request ${of("web")}\n`,
  );
}
