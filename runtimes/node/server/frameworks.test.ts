import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { withPackage } from "../testing/with-package.ts";

const express = `
  const express = require("express");
  const { createReadStream, readFileSync } = require("fs");
  const app = express();
  app.set("trust proxy", true);
  app.use(express.json({ limit: "5mb" }), express.urlencoded({ extended: false }));
  app.get("/text", (req, res) => res.send("hello"));
  app.post("/json", (req, res) => res.status(201).json({ got: req.body }));
  app.post("/form", (req, res) => res.json(req.body));
  app.get("/cookie", (req, res) => { res.cookie("a", "1", { httpOnly: true }); res.cookie("b", "2"); res.send("c") });
  app.get("/none", (req, res) => res.sendStatus(204));
  app.get("/away", (req, res) => res.redirect(301, "/text"));
  app.get("/file", (req, res) => res.sendFile(__filename));
  app.get("/stream", (req, res) => createReadStream(__filename).pipe(res));
  app.get("/parts", async (req, res) => { res.write("a"); await null; res.write("b"); setTimeout(() => res.end("c"), 5) });
  app.post("/raw", (req, res) => { let n = 0; req.on("data", (chunk) => n += chunk.length); req.on("end", () => res.json(n)) });
  app.get("/who", (req, res) => res.json([req.ip, req.protocol, req.hostname, req.secure, req.path, req.query.q, req.get("x-one"), req.accepts("json")]));
  app.get("/sync", () => { throw new Error("sync") });
  app.get("/async", async () => { throw new Error("async") });
  app.use((error, req, res, next) => res.status(500).send("caught " + error.message));
  module.exports = app;`;

const koa = `
  const Koa = require("koa");
  const app = new Koa();
  app.silent = true;
  app.use(async (ctx) => {
    if (ctx.path === "/text") ctx.body = "hello";
    else if (ctx.path === "/json") ctx.body = { method: ctx.method, ip: ctx.ip, host: ctx.host };
    else if (ctx.path === "/stream") ctx.body = require("fs").createReadStream(__filename);
    else if (ctx.path === "/echo") { let text = ""; for await (const chunk of ctx.req) text += chunk; ctx.body = text; }
    else if (ctx.path === "/none") ctx.status = 204;
    else if (ctx.path === "/away") ctx.redirect("/text");
    else if (ctx.path === "/fail") ctx.throw(418, "teapot");
    else if (ctx.path === "/cookie") { ctx.cookies.set("a", "1"); ctx.body = "c"; }
  });
  module.exports = app;`;

/** `status header… body`, of the headers asked for. */
type Case = [method: string, target: string, headers: string[], body: string, expected: RegExp, show?: string[]];

const json = ["content-type", "application/json"];

const cases: Record<string, { source: string; cases: Case[] }> = {
  "Express 5": {
    source: express,
    cases: [
      ["GET", "/text", [], "", /^200 text\/html; charset=utf-8 5 hello$/, ["content-type", "content-length"]],
      ["HEAD", "/text", [], "", /^200 5 $/, ["content-length"]],
      ["GET", "/text", ["if-none-match", 'W/"5-qvTGHdzF6KLavt4PO0gs2a6pQ00"'], "", /^304 $/],
      ["POST", "/json", json, '{"a":[1]}', /^201 \{"got":\{"a":\[1\]\}\}$/],
      [
        "POST",
        "/json",
        json,
        JSON.stringify("y".repeat(2_000_000)).replace(/^"|"$/g, '"'),
        /^500 caught Unexpected token/,
      ],
      ["POST", "/json", json, `{"a":"${"y".repeat(2_000_000)}"}`, /^201 \{"got":\{"a":"y{2000000}"\}\}$/],
      ["POST", "/json", json, "{oops", /^500 caught Expected property name/],
      [
        "POST",
        "/form",
        ["content-type", "application/x-www-form-urlencoded"],
        "a=1&b=c%20d",
        /^200 \{"a":"1","b":"c d"\}$/,
      ],
      ["GET", "/cookie", [], "", /^200 a=1; Path=\/; HttpOnly b=2; Path=\/ c$/, ["set-cookie"]],
      ["GET", "/none", [], "", /^204 $/],
      ["GET", "/away", [], "", /^301 \/text Moved Permanently/, ["location"]],
      ["GET", "/file", [], "", /^200 text\/javascript; charset=utf-8 [^]*module\.exports = app;$/, ["content-type"]],
      ["GET", "/file", ["range", "bytes=3-9"], "", /^206 const e$/],
      ["GET", "/stream", [], "", /^200 [^]*module\.exports = app;$/],
      ["GET", "/parts", [], "", /^200 abc$/],
      ["POST", "/raw", [], "r".repeat(300_000), /^200 300000$/],
      [
        "GET",
        "/who?q=z",
        [
          "host",
          "a.test",
          "x-forwarded-for",
          "1.2.3.4",
          "x-forwarded-proto",
          "https",
          "x-one",
          "1",
          "accept",
          "application/json",
        ],
        "",
        /^200 \["1.2.3.4","https","a.test",true,"\/who","z","1","json"\]$/,
      ],
      ["GET", "/sync", [], "", /^500 caught sync$/],
      ["GET", "/async", [], "", /^500 caught async$/],
      ["GET", "/nowhere", [], "", /^404 [^]*Cannot GET \/nowhere/],
    ],
  },
  "Koa 3": {
    source: koa,
    cases: [
      ["GET", "/text", [], "", /^200 text\/plain; charset=utf-8 5 hello$/, ["content-type", "content-length"]],
      ["HEAD", "/text", [], "", /^200 5 $/, ["content-length"]],
      [
        "GET",
        "/json",
        ["host", "a.test", "x-forwarded-for", "1.2.3.4"],
        "",
        /^200 \{"method":"GET","ip":"1.2.3.4","host":"a.test"\}$/,
      ],
      ["GET", "/stream", [], "", /^200 [^]*module\.exports = app;$/],
      ["POST", "/echo", [], "e".repeat(200_000), /^200 e{200000}$/],
      ["GET", "/none", [], "", /^204 $/],
      ["GET", "/away", [], "", /^302 \/text /, ["location"]],
      ["GET", "/fail", [], "", /^418 teapot$/],
      ["GET", "/cookie", [], "", /^200 a=1; path=\/; httponly c$/, ["set-cookie"]],
      ["GET", "/nowhere", [], "", /^404 Not Found$/],
    ],
  },
};

describe("node: unmodified applications", () => {
  for (const [name, { source, cases: requests }] of Object.entries(cases)) {
    it(name, () =>
      withPackage({ "index.js": source }, { form: "http", handler: "index.default" }, async (client) => {
        for (const [method, target, headers, body, expected, show = []] of requests) {
          const length = body === "" ? [] : ["content-length", String(Buffer.byteLength(body))];
          const answer = await client.request(method, target, [...headers, ...length], body).answer;
          assert.equal(answer.failure, null, `${method} ${target}`);
          const shown = answer.pairs.filter(
            (_, i) => i % 2 === 1 && show.includes((answer.pairs[i - 1] ?? "").toLowerCase()),
          );
          assert.match([answer.status, ...shown, answer.body.toString()].join(" "), expected, `${method} ${target}`);
        }
      }),
    );
  }
});
