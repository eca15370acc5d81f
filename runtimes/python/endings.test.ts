import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { withPackage } from "./testing/with-package.ts";

const handler = "index.main_handler";
const application = { form: "http", handler: "index.app" } as const;

/** An ASGI application that overlaps: each path does one thing. */
const overlapping = {
  "index.py": `
import asyncio, os, sys
async def app(scope, receive, send):
    if scope["type"] != "http": raise RuntimeError("no lifespan")
    path = scope["path"]
    if path == "/wait": await asyncio.sleep(60)
    if path == "/sys-exit": sys.exit(3)
    if path == "/os-exit": os._exit(9)
    if path == "/task":
        async def fail(): raise ValueError("nobody awaits")
        asyncio.create_task(fail())
        await asyncio.sleep(0.01)
    await send({"type": "http.response.start", "status": 200, "headers": []})
    await send({"type": "http.response.body", "body": b"ok"})
`,
};

describe("python: what becomes of calls when user code ends the process", () => {
  for (const [path, code] of [
    ["/sys-exit", 3],
    ["/os-exit", 9],
  ] as const) {
    it(`fails every call when one ends it (${path})`, () =>
      withPackage(overlapping, application, async (client) => {
        const other = client.request("GET", "/wait");
        const { failure } = await client.request("GET", path).answer;
        assert.equal(failure?.kind, "exit");
        assert.equal(failure.message, `process exited with code ${code}`);
        assert.equal((await other.answer).failure?.kind, "exit");
        assert.equal((await client.exited()).code, code);
        assert.equal(client.failures[0]?.kind, "exit");
      }));
  }

  it("goes on after exceptions in threads and tasks, which Python prints", () =>
    withPackage(
      {
        "index.py": `
import threading
def fail(): raise ValueError("in a thread")
def main_handler(event, context):
    thread = threading.Thread(target=fail)
    thread.start()
    thread.join()
    return "fine"
`,
      },
      { handler },
      async (client) => {
        const call = client.invoke({});
        assert.equal((await call.answer).body.toString(), '"fine"');
        assert.ok(client.linesOf(call.id).includes("ValueError: in a thread"));
      },
    ));

  it("runs what is registered with atexit at sys.exit, and nothing at os._exit", async () => {
    for (const [exit, lines] of [
      ["sys.exit(2)", ["before", "at exit"]],
      ["os._exit(2)", ["before"]],
    ] as const) {
      await withPackage(
        {
          "index.py": `
import atexit, os, sys
atexit.register(print, "at exit")
def main_handler(event, context):
    print("before")
    ${exit}
`,
        },
        { handler },
        async (client) => {
          const call = client.invoke({});
          assert.equal((await call.answer).failure?.message, "process exited with code 2");
          assert.deepEqual(client.linesOf(call.id), lines);
        },
      );
    }
  });

  it("sends what was said before the end even when the platform reads late", () =>
    withPackage(
      {
        "index.py": `
import os
def main_handler(event, context):
    for _ in range(10): print("x" * 60000)
    os._exit(2)
`,
      },
      { handler },
      async (client) => {
        client.pause();
        const call = client.invoke({});
        setTimeout(() => client.resume(), 100);
        assert.equal((await call.answer).failure?.kind, "exit");
        assert.equal(client.linesOf(call.id).length, 10);
      },
    ));

  it("waits until the platform, which writes meanwhile, has read what it said last", () =>
    withPackage(
      { "index.py": `def main_handler(event, context): return "x" * 200000\n` },
      { handler },
      async (client) => {
        client.pause();
        const call = client.invoke({});
        client.stop(5_000);
        setTimeout(() => {
          call.grant(1); // a write to a process that is gone loses what was not read yet
          client.resume();
        }, 100);
        assert.equal((await call.answer).failure, null);
        assert.equal((await client.exited()).code, 0);
      },
    ));

  it("tells SIGTERM handlers and atexit at STOP, after the running call", () =>
    withPackage(
      {
        "index.py": `
import atexit, signal, time
signal.signal(signal.SIGTERM, lambda *_: print("stopping"))
atexit.register(print, "at exit")
def main_handler(event, context):
    time.sleep(0.03)
    print("called")
`,
      },
      { handler },
      async (client) => {
        const call = client.invoke({});
        await client.ping();
        client.stop(5_000);
        assert.equal((await call.answer).failure, null);
        assert.equal((await client.exited()).code, 0);
        assert.deepEqual(
          client.logs.map(({ text }) => text),
          ["called", "stopping", "at exit"],
        );
      },
    ));

  it("cancels tasks that are left at STOP", () =>
    withPackage(
      {
        "index.py": `
import asyncio
tasks = []
async def background():
    try: await asyncio.sleep(1000)
    finally: print("cancelled")
async def main_handler(event, context):
    tasks.append(asyncio.create_task(background()))
    await asyncio.sleep(0)
`,
      },
      { handler },
      async (client) => {
        await client.invoke({}).answer;
        client.stop(5_000);
        assert.equal((await client.exited()).code, 0);
        assert.deepEqual(
          client.logs.map(({ text }) => text),
          ["cancelled"],
        );
      },
    ));

  it("leaves forked children alone: they neither speak on the channel nor end a call", () =>
    withPackage(
      {
        "index.py": `
import multiprocessing, os, sys
def child():
    print("of the child")
    sys.exit(5)
def main_handler(event, context):
    print("begun", end="")
    process = multiprocessing.get_context("fork").Process(target=child)
    process.start()
    process.join()
    pid = os.fork()
    if pid == 0: os._exit(6)
    return [process.exitcode, os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])]
`,
      },
      { handler },
      async (client) => {
        const call = client.invoke({});
        assert.equal((await call.answer).body.toString(), "[5,6]");
        assert.deepEqual(client.linesOf(call.id), ["begun"]);
        assert.equal((await client.invoke({}).answer).failure, null);
      },
    ));

  it("keeps frames whole when a signal handler raises in the middle of a write", () =>
    withPackage(
      {
        "index.py": `
import signal
def alarm(*_):
    print("alarm")
    raise TimeoutError("from the alarm")
def main_handler(event, context):
    if not event.get("alarm"): return "fine"
    signal.signal(signal.SIGALRM, alarm)
    signal.setitimer(signal.ITIMER_REAL, 0.05)
    while True: print("x" * 60000)
`,
      },
      { handler },
      async (client) => {
        client.pause(); // so that the alarm finds it in a write that waits
        const call = client.invoke({ alarm: true });
        setTimeout(() => client.resume(), 200);
        const { failure } = await call.answer;
        assert.equal(failure?.message, "from the alarm");
        assert.ok(client.linesOf(call.id).includes("alarm"));
        assert.equal((await client.invoke({}).answer).body.toString(), '"fine"');
      },
    ));
});

describe("python: what user code prints", () => {
  it("is tagged with its call in threads, thread pools and logging, also when calls overlap", () =>
    withPackage(
      {
        "index.py": `
import logging, threading, time
from concurrent.futures import ThreadPoolExecutor
pool = ThreadPoolExecutor(2)
logging.basicConfig(level=logging.INFO, format="%(message)s")
def app(environ, start_response):
    n = environ["QUERY_STRING"]
    print("begin", n, end=" ")
    thread = threading.Thread(target=print, args=("thread " + n,))
    pool.submit(print, "pool " + n).result()
    time.sleep(0.01)
    thread.start()
    thread.join()
    logging.info("log %s", n)
    print("end " + n, end="")
    start_response("200 OK", [])
    return [n.encode()]
`,
      },
      application,
      async (client) => {
        const calls = Array.from({ length: 100 }, (_, n) => client.request("GET", `/?${n}`));
        for (const [n, call] of calls.entries()) {
          assert.equal((await call.answer).body.toString(), String(n));
          assert.deepEqual(
            client.linesOf(call.id).toSorted(),
            [`begin ${n} pool ${n}`, `end ${n}`, `log ${n}`, `thread ${n}`].toSorted(),
          );
        }
      },
    ));

  it("is held up rather than kept when the platform reads slower", () =>
    withPackage(
      {
        "index.py": `
import resource
def main_handler(event, context):
    line = "z" * 60000
    for _ in range(2000): print(line)
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
`,
      },
      { handler },
      async (client) => {
        const { body } = await client.invoke({}).answer;
        assert.equal(client.logs.length, 2_000);
        assert.ok(Number(body.toString()) < 60, `${body.toString()} MB`);
      },
    ));

  it("goes to sys.stdout.buffer, sys.stderr and sys.__stdout__ alike, whatever it is", () =>
    withPackage(
      {
        "index.py": `
import sys
def main_handler(event, context):
    sys.stdout.buffer.write("é".encode()[:1])
    sys.stdout.buffer.write("é".encode()[1:] + b"\\n")
    print("\\ud800", file=sys.stderr, flush=True)
    sys.__stdout__.write("one\\r\\ntwo\\n")
    sys.stdout.reconfigure(line_buffering=True)
    return [sys.stdout.isatty(), sys.stdout.fileno(), sys.stderr.encoding]
`,
      },
      { handler },
      async (client) => {
        const call = client.invoke({});
        assert.equal((await call.answer).body.toString(), '[false,1,"utf-8"]');
        assert.deepEqual(client.linesOf(call.id), ["é", "\\ud800", "one", "two"]);
      },
    ));
});
