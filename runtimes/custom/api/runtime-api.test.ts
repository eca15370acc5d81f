import assert from "node:assert/strict";
import { once } from "node:events";
import { connect } from "node:net";
import { describe, it } from "node:test";
import type { RuntimeCall } from "../../../tests/conformance/runtime-call.ts";
import type { RuntimeClient } from "../../../tests/conformance/runtime-client.ts";
import { shellBootstrap, withProgram } from "../testing/with-program.ts";

/** A program that says where the API is and leaves all else to the test. */
const puppet = shellBootstrap(`
  echo "api=$AWS_LAMBDA_RUNTIME_API scf=$SCF_RUNTIME_API:$SCF_RUNTIME_API_PORT"
  curl -s -X POST "http://$SCF_RUNTIME_API:$SCF_RUNTIME_API_PORT/runtime/init/ready"
  exec sleep 1000`);

const scf = "/runtime/invocation";
const lambda = "/2018-06-01/runtime/invocation";

interface Reply {
  readonly status: number;
  readonly text: string;
  readonly headers: Headers;
}

type Ask = (
  method: string,
  path: string,
  body?: string | Uint8Array,
  headers?: Record<string, string>,
) => Promise<Reply>;

async function withPuppet(
  test: (client: RuntimeClient, ask: Ask, address: string) => Promise<void>,
  maxResultBytes = 1_000,
): Promise<void> {
  await withProgram(
    puppet,
    async (client) => {
      const [, address = "", other = ""] = /api=(\S+) scf=(\S+)/.exec(client.logs[0]?.text ?? "") ?? [];
      assert.equal(address, other);
      await test(client, askAt(address), address);
    },
    { maxResultBytes },
  );
}

function askAt(address: string): Ask {
  return async (method, path, body, headers) => {
    const response = await fetch(`http://${address}${path}`, {
      method,
      ...(body === undefined ? {} : { body }),
      ...(headers === undefined ? {} : { headers }),
    });
    return { status: response.status, text: await response.text(), headers: response.headers };
  };
}

const idOf = (call: RuntimeCall): string => `request-${call.id}`;

describe("the runtime API: what a program is told", () => {
  it("gives a call with the headers of SCF and of Lambda", () =>
    withPuppet(async (client, ask) => {
      const call = client.invoke({ n: 1 }, { deadlineMs: 2_000, variables: ["TRIGGER_SRC", "tïmer"] });
      const { status, text, headers } = await ask("GET", `${lambda}/next`);
      assert.equal(status, 200);
      assert.equal(text, '{"n":1}');
      assert.equal(headers.get("request_id"), idOf(call));
      assert.equal(headers.get("memory_limit_in_mb"), "128");
      assert.equal(headers.get("time_limit_in_ms"), "3000");
      assert.equal(headers.get("lambda-runtime-aws-request-id"), idOf(call));
      const left = Number(headers.get("lambda-runtime-deadline-ms")) - Date.now();
      assert.ok(left > 500 && left <= 2_000, `${left} ms left`);
      assert.equal(
        headers.get("lambda-runtime-invoked-function-arn"),
        "arn:aws:lambda:ap-guangzhou:1250000000:function:hello",
      );
      assert.match(
        headers.get("lambda-runtime-trace-id") ?? "",
        /^Root=1-[0-9a-f]{8}-[0-9a-f]{24};Parent=[0-9a-f]{16};Sampled=0$/,
      );
      assert.deepEqual(JSON.parse(headers.get("lambda-runtime-client-context") ?? "").env, { TRIGGER_SRC: "tïmer" });
      assert.equal((await ask("POST", `${lambda}/${idOf(call)}/response`, "ok")).status, 202);
      assert.equal((await call.answer).body.toString(), '"ok"');
    }));

  it("makes a program wait until there is a call, and gives the same one until it is answered", () =>
    withPuppet(async (client, ask) => {
      const early = ask("GET", `${scf}/next`);
      await client.ping();
      const call = client.invoke({ n: 1 });
      assert.equal((await early).text, '{"n":1}');
      assert.equal((await ask("GET", `${scf}/next`)).text, '{"n":1}');
      assert.equal((await ask("POST", `${scf}/response`, "{}")).status, 200);
      assert.equal((await call.answer).body.toString(), "{}");
      const late = ask("GET", `${scf}/next`);
      await client.ping();
      client.invoke({ n: 2 });
      assert.equal((await late).text, '{"n":2}');
    }));

  it("passes over a program's connection that is gone", () =>
    withPuppet(async (client, ask, address) => {
      const [host = "", port = ""] = address.split(":");
      const socket = connect(Number(port), host);
      socket.write(`GET ${scf}/next HTTP/1.1\r\nHost: x\r\n\r\n`);
      await ask("GET", "/unknown"); // by now the request above has been read
      socket.destroy();
      await once(socket, "close");
      await ask("GET", "/unknown");
      client.invoke({ n: 1 });
      assert.equal((await ask("GET", `${scf}/next`)).text, '{"n":1}');
    }));

  it("keeps text that is not JSON as a JSON string, and JSON as it is", () =>
    withPuppet(async (client, ask) => {
      for (const [sent, result] of [
        ["Echo: '{}'", `"Echo: '{}'"`],
        ['{ "a":1 }', '{ "a":1 }'],
        ["", '""'],
      ] as const) {
        const call = client.invoke({});
        await ask("GET", `${scf}/next`);
        await ask("POST", `${scf}/response`, sent);
        assert.equal((await call.answer).body.toString(), result);
      }
    }));

  it("takes errors in the forms of either API", () =>
    withPuppet(async (client, ask) => {
      const frames = [{ path: "main.go", line: 7, label: "handle" }];
      for (const [body, headers, type, message, stack] of [
        ['{"errorMessage":"m","errorType":"T","stackTrace":["T: m\\n","  at x\\n"]}', {}, "T", "m", "T: m\n  at x"],
        [
          JSON.stringify({ errorMessage: "m", errorType: "T", stackTrace: frames }),
          {},
          "T",
          "m",
          "T: m\n    at handle (main.go:7)",
        ],
        ["it broke", { "Lambda-Runtime-Function-Error-Type": "Own" }, "Own", "it broke", "Own: it broke"],
        ["[1]", {}, "Error", "[1]", "Error: [1]"],
      ] as const) {
        const call = client.invoke({});
        await ask("GET", `${lambda}/next`);
        assert.equal((await ask("POST", `${lambda}/${idOf(call)}/error`, body, headers)).status, 202);
        const { failure } = await call.answer;
        assert.deepEqual(failure, { kind: "user", errorType: type, message, stackTrace: stack });
      }
    }));
});

describe("the runtime API: what a program cannot do", () => {
  it("answer before it has a call", () =>
    withPuppet(async (client, ask) => {
      assert.match((await ask("POST", `${scf}/response`, "{}")).text, /InvalidStateTransition.*there is no call/);
      const call = client.invoke({ n: 1 });
      await client.ping();
      assert.equal((await ask("POST", `${lambda}/${idOf(call)}/response`, "{}")).status, 403);
      assert.equal((await ask("POST", `${scf}/error`, "{}")).status, 403);
      assert.equal((await ask("GET", `${scf}/next`)).text, '{"n":1}');
    }));

  it("answer another call than its own", () =>
    withPuppet(async (client, ask) => {
      const call = client.invoke({});
      await ask("GET", `${lambda}/next`);
      const { status, text } = await ask("POST", `${lambda}/request-99/response`, "stolen");
      assert.equal(status, 400);
      assert.equal(JSON.parse(text).errorType, "InvalidRequestID");
      await ask("POST", `${lambda}/${idOf(call)}/response`, "own");
      assert.equal((await call.answer).body.toString(), '"own"');
    }));

  it("answer twice: the first counts, and the second does not reach the next call", () =>
    withPuppet(async (client, ask) => {
      const first = client.invoke({ n: 1 });
      await ask("GET", `${scf}/next`);
      await ask("POST", `${scf}/response`, '"first"');
      assert.equal((await first.answer).body.toString(), '"first"');
      const second = client.invoke({ n: 2 });
      await client.ping();
      assert.equal((await ask("POST", `${scf}/response`, '"late"')).status, 403);
      assert.equal((await ask("POST", `${lambda}/${idOf(first)}/response`, '"late"')).status, 403);
      await ask("GET", `${scf}/next`);
      assert.equal((await ask("POST", `${lambda}/${idOf(first)}/response`, '"late"')).status, 400);
      await ask("POST", `${scf}/response`, '"second"');
      assert.equal((await second.answer).body.toString(), '"second"');
    }));

  it("give a result over the limit, or an endless report of an error", () =>
    withPuppet(async (client, ask) => {
      for (const [what, body, kind] of [
        ["response", "x".repeat(300_000), "result-too-large"],
        ["response", `"${"\\u0001".repeat(200)}`, "result-too-large"], // longer as JSON text than as it came
        ["error", "x".repeat(300_000), "user"],
      ] as const) {
        const call = client.invoke({});
        await ask("GET", `${scf}/next`);
        const { status, text } = await ask("POST", `${scf}/${what}`, body);
        assert.equal(status, 413, text);
        assert.equal((await call.answer).failure?.kind, kind);
      }
    }));

  it("ask for what there is not, and is told what there is", () =>
    withPuppet(async (_, ask) => {
      assert.equal((await ask("GET", "/2020-01-01/extension/event/next")).status, 404);
      assert.equal((await ask("GET", "/constructor")).status, 404);
      const { status, text, headers } = await ask("POST", `${scf}/next`, "{}");
      assert.equal(status, 405);
      assert.equal(headers.get("allow"), "GET");
      assert.match(text, /takes GET, not POST/);
    }));

  it("report a failed start once it has started", () =>
    withPuppet(async (_, ask) => {
      const { status, text } = await ask("POST", "/2018-06-01/runtime/init/error", "{}");
      assert.equal(status, 403);
      assert.match(text, /after the program was ready/);
    }));

  it("send headers without end", () =>
    withPuppet(async (client, ask) => {
      const { status } = await ask("GET", `${scf}/next`, undefined, { "x-large": "x".repeat(1_200_000) });
      assert.equal(status, 431);
      const call = client.invoke({});
      await ask("GET", `${scf}/next`);
      await ask("POST", `${scf}/response`, "1");
      assert.equal((await call.answer).failure, null);
    }));
});
