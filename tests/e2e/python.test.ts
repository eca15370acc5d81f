import assert from "node:assert/strict";
import { once } from "node:events";
import http from "node:http";
import { after, before, describe, it } from "node:test";
import { clientOf, deploy, type DeployedFunction } from "../deployed-function.ts";
import { startServer, type RunningServer } from "../running-server.ts";

const event = `
import os, sys, time
def main_handler(event, context):
    print("got", event.get("do"))
    do = event.get("do")
    if do == "raise": raise ValueError("on purpose")
    if do == "exit": sys.exit(3)
    if do == "sleep": time.sleep(1000)
    if do == "spin":
        while True: pass
    if do == "eat":
        eaten = []
        while True:
            eaten.append(b"x" * 10_000_000)
            time.sleep(0.01)
    if do == "ask": bytearray(1 << 60)
    if do == "large": return "x" * 7_000_000
    if do == "set": return {1, 2}
    return {"variable": os.environ["GREETING"], "root": os.getcwd() == os.environ["USER_CODE_ROOT"].rstrip("/"),
            "function": context["function_name"]}
`;

const web = `
import resource, time
def app(environ, start_response):
    path = environ["PATH_INFO"]
    if path == "/hang": time.sleep(2)
    start_response("200 OK", [("Content-Type", "text/plain")])
    if path == "/peak": return [str(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss).encode()]
    if path == "/echo": return iter(lambda: environ["wsgi.input"].read1(65536), b"")
    if path == "/gigabyte": return (b"g" * 65536 for _ in range(16384))
    return [environ["HTTP_HOST"].encode()]
`;

describe("Python functions", () => {
  let server: RunningServer;
  let site: DeployedFunction;

  before(async () => {
    server = await startServer();
    await deploy(
      server,
      "snake",
      { "index.py": event },
      {
        Runtime: "Python3.6",
        Timeout: 1,
        MemorySize: 64,
        Environment: { Variables: [{ Key: "GREETING", Value: "hello" }] },
      },
    );
    const parameters = { Runtime: "Python3.10", Type: "HTTP", Handler: "index.app", Timeout: 60 };
    site = await deploy(server, "site", { "index.py": web }, parameters);
  });
  after(() => server[Symbol.asyncDispose]());

  /** Result and log of a call; `status` is the SCF code. */
  async function invoke(name: string, fields: object): Promise<{ status: number; body: string; log: string }> {
    const target = { FunctionName: name, ClientContext: JSON.stringify(fields), LogType: "Tail" };
    const { Result: result } = await clientOf(server).call("Invoke", target);
    const { RetMsg: body, InvokeResult: code, Log: log } = result as Record<string, string | number>; // wire type of Invoke
    const status = code === 0 ? 200 : Number(JSON.parse(String(body)).statusCode);
    return { status, body: String(body), log: String(log) };
  }

  it("say which Python runs them", async () => {
    const { StatusReasons: reasons } = await clientOf(server).call("GetFunction", { FunctionName: "snake" });
    assert.match(JSON.stringify(reasons), /RuntimeSubstituted.*Python3\.6 runs on Python 3\.\d+\.\d+/);
  });

  it("are given environment, folder and context", async () => {
    const { body, log } = await invoke("snake", {});
    assert.deepEqual(JSON.parse(body), { variable: "hello", root: true, function: "snake" });
    assert.match(log, /got None/);
  });

  for (const [act, status, message] of [
    ["raise", 430, /user code exception caught|on purpose/],
    ["set", 430, /not JSON|user code exception caught/],
    ["sleep", 433, /timed out after 1 seconds/],
    ["spin", 433, /timed out after 1 seconds/],
    ["ask", 434, /memory exceeded 64 MB/],
    ["eat", 434, /memory exceeded 64 MB/],
    ["exit", 439, /process exited with code 3/],
    ["large", 407, /body size is too long/],
  ] as const) {
    it(`fail with ${status} (${act}), and answer the next call`, async () => {
      const failed = await invoke("snake", { do: act });
      assert.equal(failed.status, status);
      assert.match(failed.body, message);
      assert.equal((await invoke("snake", {})).status, 200);
    });
  }

  for (const [name, source, status] of [
    ["no-handler", "def other(event, context): pass", 437],
    ["no-module", "import nowhere_to_be_found", 443],
  ] as const) {
    it(`fail with ${status} when the code has ${name}`, async () => {
      await deploy(server, name, { "index.py": source }, { Runtime: "Python3.10" });
      assert.equal((await invoke(name, {})).status, status);
    });
  }

  it("answer requests by their domain and path, many at once, while others hang", async () => {
    const { host } = site;
    const hanging = Array.from({ length: 20 }, () => http.get(`${server.url}/hang`, { headers: { host } }));
    for (const request of hanging) request.on("error", () => undefined);
    const answers = await Promise.all(Array.from({ length: 50 }, async () => (await fetch(site.url)).text()));
    assert.equal(new Set(answers).size, 1);
    for (const request of hanging) request.destroy();
  });

  it("carry a gigabyte down and 200 MB both ways in constant memory", async () => {
    const peakKb = async (): Promise<number> => Number(await (await fetch(`${site.url}peak`)).text());
    const atFirst = await peakKb();
    const down = await fetch(`${site.url}gigabyte`);
    let received = 0;
    for await (const chunk of down.body ?? []) received += chunk.length;
    assert.equal(received, 1_073_741_824);
    assert.equal(await echo(200), 200 * 1_048_576);
    const grown = (await peakKb()) - atFirst;
    assert.ok(grown < 20_000, `grew by ${grown} kB`);
  });

  /** Megabytes sent and received at the same time. */
  async function echo(megabytes: number): Promise<number> {
    const request = http.request(`${server.url}/echo`, { method: "POST", headers: { host: site.host } });
    const piece = Buffer.alloc(1_048_576, 7);
    const sent = (async () => {
      for (let n = 0; n < megabytes; n++) if (!request.write(piece)) await once(request, "drain");
      request.end();
    })();
    const [response] = (await once(request, "response")) as [http.IncomingMessage];
    let received = 0;
    for await (const chunk of response) received += (chunk as Buffer).length;
    await sent;
    return received;
  }
});
