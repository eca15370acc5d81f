import assert from "node:assert/strict";
import { before, describe, it } from "node:test";
import { withPackage } from "../../runtimes/python/testing/with-package.ts";
import { installPackages } from "../python-packages.ts";
import type { RuntimeClient } from "./runtime-client.ts";

const packages = [
  "Flask==3.1.3",
  "Werkzeug==3.1.9",
  "fastapi==0.165.0",
  "starlette==1.10.0",
  "pydantic==2.14.4",
  "python-multipart==0.0.34",
  "Django==5.2.19",
  "bottle==0.13.4",
];
const application = { form: "http", handler: "app.app" } as const;

const flask = `
from flask import Flask, Response, jsonify, request, session, stream_with_context
app = Flask(__name__)
app.secret_key = "test"

@app.route("/hello/<name>")
def hello(name):
    app.logger.warning("greeting %s", name)
    return jsonify(hello=name, query=request.args.get("q"), url=request.url)

@app.post("/form")
def form():
    session["seen"] = True
    return {"fields": request.form.to_dict(), "files": {k: len(f.read()) for k, f in request.files.items()}}

@app.post("/length")
def length():
    total = 0
    while chunk := request.stream.read(65536): total += len(chunk)
    return str(total)

@app.route("/stream")
def stream():
    def pieces():
        for n in range(3): yield f"{request.path} {n}\\n"
    return Response(stream_with_context(pieces()), mimetype="text/plain")

@app.route("/broken")
def broken(): raise ValueError("on purpose")
`;

const fastapi = `
import asyncio
from contextlib import asynccontextmanager
from fastapi import FastAPI, Request, UploadFile, BackgroundTasks, WebSocket
from fastapi.responses import StreamingResponse
from pydantic import BaseModel

started = []

@asynccontextmanager
async def lifespan(app):
    started.append("started")
    yield {"greeting": "hello"}
    print("stopped")

app = FastAPI(lifespan=lifespan)

class Item(BaseModel):
    name: str
    price: float

@app.post("/items/{item_id}")
async def create(item_id: int, item: Item, request: Request):
    return {"id": item_id, "item": item, "greeting": request.state.greeting, "started": started}

@app.get("/plain")
def plain(name: str):
    print("in a thread for", name)
    return {"name": name}

@app.post("/upload")
async def upload(file: UploadFile, tasks: BackgroundTasks):
    tasks.add_task(print, "after the answer")
    return {"name": file.filename, "size": len(await file.read())}

@app.get("/stream")
async def stream():
    async def pieces():
        for n in range(3):
            yield f"{n}\\n"
            await asyncio.sleep(0.01)
    return StreamingResponse(pieces(), media_type="text/plain")

@app.post("/echo")
async def echo(request: Request): return StreamingResponse(request.stream())

@app.get("/forever")
async def forever():
    async def pieces():
        try:
            while True:
                yield "tick\\n"
                await asyncio.sleep(0.005)
        finally: print("given up")
    return StreamingResponse(pieces())

@app.get("/broken")
async def broken(): raise ValueError("on purpose")

@app.websocket("/chat/{room}")
async def chat(socket: WebSocket, room: int, name: str):
    await socket.accept()
    await socket.send_json({"room": room, "name": name})
    while True:
        await socket.send_text(await socket.receive_text())
`;

const form =
  '--b\r\nContent-Disposition: form-data; name="a"\r\n\r\n1\r\n--b\r\nContent-Disposition: form-data; name="file"; filename="f.txt"\r\nContent-Type: text/plain\r\n\r\nhello\r\n--b--\r\n';
const formHeaders = [
  "Host",
  "x.test",
  "Content-Type",
  "multipart/form-data; boundary=b",
  "Content-Length",
  String(form.length),
];

describe("unmodified Python frameworks", () => {
  let site: string;
  before(async () => {
    site = await installPackages("python", packages);
  });

  function withApp(source: string, test: (client: RuntimeClient) => Promise<void>): Promise<void> {
    return withPackage({ "app.py": source }, { ...application, environment: { PYTHONPATH: site } }, test);
  }

  async function text(client: RuntimeClient, target: string, method = "GET"): Promise<string> {
    const { body, failure } = await client.request(method, target, ["Host", "x.test"]).answer;
    assert.equal(failure, null);
    return body.toString();
  }

  it("Flask: routes, JSON, forms, sessions, files and its log", () =>
    withApp(flask, async (client) => {
      const call = client.request("GET", "/hello/w%C3%B6rld?q=1", ["Host", "x.test"]);
      const { body, status } = await call.answer;
      assert.equal(status, 200);
      const url = "http://x.test/hello/wörld?q=1";
      assert.deepEqual(JSON.parse(body.toString()), { hello: "wörld", query: "1", url });
      assert.match(client.linesOf(call.id).join("\n"), /WARNING in app: greeting wörld/);
      const posted = await client.request("POST", "/form", formHeaders, form).answer;
      assert.deepEqual(JSON.parse(posted.body.toString()), { fields: { a: "1" }, files: { file: 5 } });
      assert.ok(posted.pairs.some((value) => value.startsWith("session=")));
      assert.equal((await client.request("GET", "/nowhere").answer).status, 404);
    }));

  it("Flask: streams, bodies without a length, and its own error page", () =>
    withApp(flask, async (client) => {
      assert.equal(await text(client, "/stream"), "/stream 0\n/stream 1\n/stream 2\n");
      const call = client.request("POST", "/length", ["Host", "x.test"], "", { isStreamed: true });
      await call.write(Buffer.alloc(3_000_000));
      call.end();
      assert.equal((await call.answer).body.toString(), "3000000");
      const broken = client.request("GET", "/broken");
      assert.equal((await broken.answer).status, 500);
      assert.ok(client.linesOf(broken.id).includes("ValueError: on purpose"));
    }));

  it("FastAPI: models, lifespan with state, functions in threads, uploads, background tasks", () =>
    withApp(fastapi, async (client) => {
      const headers = ["Host", "x.test", "Content-Type", "application/json"];
      const created = await client.request("POST", "/items/7", headers, '{"name":"pen","price":1.5}').answer;
      const item = { name: "pen", price: 1.5 };
      assert.deepEqual(JSON.parse(created.body.toString()), { id: 7, item, greeting: "hello", started: ["started"] });
      assert.equal((await client.request("POST", "/items/x", headers, "{}").answer).status, 422);
      const plain = client.request("GET", "/plain?name=ann");
      assert.equal((await plain.answer).body.toString(), '{"name":"ann"}');
      assert.deepEqual(client.linesOf(plain.id), ["in a thread for ann"]);
      const uploaded = await client.request("POST", "/upload", formHeaders, form).answer;
      assert.deepEqual(JSON.parse(uploaded.body.toString()), { name: "f.txt", size: 5 });
      while (!client.logs.some((line) => line.text === "after the answer")) await client.ping();
      assert.match(await text(client, "/openapi.json"), /"\/items\/\{item_id\}"/);
      client.stop(5_000);
      assert.equal((await client.exited()).code, 0);
      assert.equal(client.logs.at(-1)?.text, "stopped");
    }));

  it("FastAPI: streams both ways, a caller that goes, and errors", () =>
    withApp(fastapi, async (client) => {
      assert.equal(await text(client, "/stream"), "0\n1\n2\n");
      const echo = client.request("POST", "/echo", [], "", { isStreamed: true });
      await echo.write(Buffer.alloc(1_000_000, 7));
      echo.end();
      assert.equal((await echo.answer).body.length, 1_000_000);
      const forever = client.request("GET", "/forever");
      await forever.head();
      forever.cancel(1);
      assert.notEqual((await forever.answer).failure, null);
      while (!client.logs.some((line) => line.text === "given up")) await client.ping();
      const broken = client.request("GET", "/broken");
      const { status, body } = await broken.answer;
      assert.deepEqual([status, body.toString()], [500, "Internal Server Error"]);
      assert.ok(client.linesOf(broken.id).includes("ValueError: on purpose"));
    }));

  it("FastAPI: a WebSocket, until its client closes it", () =>
    withApp(fastapi, async (client) => {
      const wish = ["Host", "x.test", "sec-websocket-key", "dGhlIHNhbXBsZSBub25jZQ==", "upgrade", "websocket"];
      const call = client.request("GET", "/chat/7?name=ann", wish);
      assert.equal((await call.head()).status, 101);
      const greeting = '{"room":7,"name":"ann"}';
      const masked = (hex: string): Buffer => Buffer.from(hex.replace("_", "00000000"), "hex"); // by zeros
      await call.write(masked("8182_6869"));
      while (call.receivedBytes < greeting.length + 6) await client.ping();
      await call.write(masked("8882_03e8"));
      const { body, failure } = await call.answer;
      assert.equal(failure, null);
      assert.equal(body.toString("latin1"), `\x81\x17${greeting}\x81\x02hi\x88\x02\x03\xe8`);
      assert.equal((await client.request("GET", "/chat/x?name=ann", wish).answer).status, 403);
    }));

  it("Django by WSGI and by ASGI", async () => {
    for (const kind of ["wsgi", "asgi"]) {
      const source = `
from django.conf import settings
settings.configure(ROOT_URLCONF=__name__, ALLOWED_HOSTS=["*"], SECRET_KEY="test", DEBUG=False)
from django.core.${kind} import get_${kind}_application
from django.http import JsonResponse
from django.urls import path
urlpatterns = [path("hello/<str:name>/", lambda request, name: JsonResponse({"hello": name, "host": request.get_host()}))]
app = get_${kind}_application()
`;
      await withApp(source, async (client) => {
        assert.equal(await text(client, "/hello/ann/"), '{"hello": "ann", "host": "x.test"}');
        assert.equal((await client.request("GET", "/nowhere", ["Host", "x.test"]).answer).status, 404);
      });
    }
  });

  it("Bottle", () =>
    withApp(
      `from bottle import Bottle, request\napp = Bottle()\n@app.route("/hello/<name>")\ndef hello(name): return {"hello": name, "q": request.query.q}\n`,
      async (client) => assert.equal(await text(client, "/hello/ann?q=1"), '{"hello": "ann", "q": "1"}'),
    ));
});
