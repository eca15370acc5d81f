import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { writeCodePackage, type PackageFiles } from "./code-package.ts";
import { RuntimeClient } from "./runtime-client.ts";

/** What every version of Node.js owes to the forms that handlers have in JavaScript. */
export function describeNodeForms({ title, command }: { title: string; command: readonly string[] }): void {
  async function withCode(
    form: "event" | "http",
    handler: string,
    files: PackageFiles,
    test: (client: RuntimeClient) => Promise<void>,
  ): Promise<void> {
    await using code = await writeCodePackage(files);
    await using client = new RuntimeClient(command);
    await client.start({ codeRoot: code.root, form, handler });
    await test(client);
  }

  const text = async (client: RuntimeClient, path: string, body = ""): Promise<string> => {
    const answer = await client.request(body === "" ? "GET" : "POST", path, ["host", "a.test"], body).answer;
    return `${answer.status} ${answer.body.toString()}`;
  };

  describe(`${title}: forms of handlers`, () => {
    for (const [name, files] of [
      ["CommonJS", { "index.js": "exports.main_handler = (event, context, callback) => callback(null, event.n + 1);" }],
      [
        "a module with imports and a top-level await",
        {
          "index.mjs":
            "import { one } from './one.mjs'; const two = await Promise.resolve(one); export const main_handler = async ({ n }) => n + two;",
          "one.mjs": "export const one = 1;",
        },
      ],
      [
        "a package of type module",
        {
          "package.json": '{"type":"module"}',
          "index.js":
            "import { join } from 'node:path'; export const main_handler = ({ n }) => join('', String(n)).length + n;",
        },
      ],
    ] as const) {
      it(`takes events with ${name}`, () =>
        withCode("event", "index.main_handler", files, async (client) => {
          const { body, failure } = await client.invoke({ n: 1 }).answer;
          assert.equal(failure, null);
          assert.equal(body.toString(), "2");
        }));
    }

    it("takes requests Web-standard, streams among them", () =>
      withCode(
        "http",
        "index.default",
        {
          "index.mjs": `export default { async fetch(request) {
            if (request.method === "POST") return new Response(request.body, { status: 201 });
            const parts = new ReadableStream({ start(it) { for (const part of ["a", "b"]) it.enqueue(new TextEncoder().encode(part)); it.close(); } });
            return new Response(parts, { headers: { "x-url": new URL(request.url).pathname } });
          } };`,
        },
        async (client) => {
          assert.equal(await text(client, "/where"), "200 ab");
          assert.equal(await text(client, "/", "there and back"), "201 there and back");
        },
      ));

    it("takes requests as node:http does", () =>
      withCode(
        "http",
        "index.handler",
        {
          "index.js": `exports.handler = (req, res) => {
            const parts = [];
            req.on("data", (part) => parts.push(part)).on("end", () => res.writeHead(202).end(req.url + Buffer.concat(parts)));
          };`,
        },
        async (client) => assert.equal(await text(client, "/path", "+body"), "202 /path+body"),
      ));

    it("says in which line an error was thrown", () =>
      withCode(
        "event",
        "index.main_handler",
        { "index.js": "exports.main_handler = async () => {\n  throw new TypeError('on purpose');\n};" },
        async (client) => {
          const { failure } = await client.invoke({}).answer;
          assert.equal(failure?.errorType, "TypeError");
          assert.match(failure.stackTrace, /index\.js:2:9/);
        },
      ));
  });
}
