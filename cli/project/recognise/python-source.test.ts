import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { findPythonHandler, hasWebSocketRoute } from "./python-source.ts";

const sources: Record<string, [source: string, handler: string | null]> = {
  main_handler: ["def main_handler(event, context):\n    pass", "event main_handler"],
  "an asynchronous main_handler, beside an application": [
    "from flask import Flask\napp = Flask(__name__)\nasync def main_handler(event, context): pass",
    "event main_handler",
  ],
  "a Flask application": ["from flask import Flask, request\napp = Flask(__name__)\n", "http app"],
  "a Flask application by its module, that also runs itself": [
    "import flask\nserver = flask.Flask('x')\nif __name__ == '__main__':\n    server.run()",
    "http server",
  ],
  "a FastAPI application with a type": [
    "import fastapi\napi: fastapi.FastAPI = fastapi.FastAPI(title='x')",
    "http api",
  ],
  "the usual name first": ["from flask import Flask\nadmin = Flask('a')\napp = Flask('b')", "http app"],
  Django: [
    "from django.core.wsgi import get_wsgi_application\napplication = get_wsgi_application()",
    "http application",
  ],
  Falcon: ["import falcon.asgi\napp = falcon.asgi.App()", "http app"],
  "a factory": [
    "from flask import Flask\ndef create_app():\n    app = Flask(__name__)\n    return app",
    "http create_app",
  ],
  "a WSGI function": ["def application(environ, start_response):\n    return []", "http application"],
  "an ASGI function with types": ["async def app(scope: dict, receive, send) -> None: ...", "http app"],
  "another function that takes an event": ["def handler(event, context=None): ...", "event handler"],
  "something called Flask that is another's": ["from mine import Flask\napp = Flask()", null],
  "texts and comments": [
    "'''\nfrom flask import Flask\napp = Flask(__name__)\n'''\n# def main_handler(event, context):\nx = \"def main_handler(\"",
    null,
  ],
  "a method": ["class A:\n    def main_handler(self, event, context): ...", null],
  "a name that the API does not take": ["from flask import Flask\napp2 = Flask(__name__)", null],
};

describe("the handler of a Python module", () => {
  for (const [name, [source, expected]] of Object.entries(sources)) {
    it(`is found: ${name}`, () => {
      const found = findPythonHandler(source);
      assert.equal(found === null ? null : `${found.kind} ${found.name}`, expected);
    });
  }
});

it("a route for WebSockets is seen in code, not in comments and texts", () => {
  for (const source of [
    "@app.websocket('/chat')\nasync def chat(socket): ...",
    "  @self.router.websocket(\n    '/chat')",
    "routes = [WebSocketRoute('/', Chat)]",
    "app.add_api_websocket_route('/', chat)",
  ]) {
    assert.ok(hasWebSocketRoute(source), source);
  }
  for (const source of ["# @app.websocket('/')", '"""\n@app.websocket(1)\n"""', "from fastapi import WebSocket"]) {
    assert.equal(hasWebSocketRoute(source), false, source);
  }
});
