import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { compileJava, skipsJava } from "../../runtimes/java/testing/compile-java.ts";
import { withPackage } from "../../runtimes/java/testing/with-package.ts";

const source = `package example;
import com.sun.net.httpserver.*;
import java.io.*;
import java.util.*;
public class Site implements HttpHandler {
    public void handle(HttpExchange exchange) throws IOException {
        switch (exchange.getRequestURI().getPath()) {
            case "/tell" -> tell(exchange);
            case "/echo" -> {
                exchange.sendResponseHeaders(200, 0);
                try (OutputStream out = exchange.getResponseBody()) { exchange.getRequestBody().transferTo(out); }
            }
            case "/events" -> {
                exchange.getResponseHeaders().set("Content-Type", "text/event-stream");
                exchange.sendResponseHeaders(200, 0);
                OutputStream out = exchange.getResponseBody();
                out.write("one".getBytes());
                out.flush();
                exchange.getRequestBody().readAllBytes();
                out.write("two".getBytes());
                out.close();
            }
            case "/later" -> new Thread(() -> {
                try (exchange) {
                    System.out.println("later");
                    exchange.sendResponseHeaders(202, -1);
                } catch (IOException error) { throw new UncheckedIOException(error); }
            }).start();
            case "/unclosed" -> {
                exchange.sendResponseHeaders(200, 2);
                exchange.getResponseBody().write("ok".getBytes());
            }
            case "/short" -> {
                exchange.sendResponseHeaders(200, 10);
                exchange.getResponseBody().write("short".getBytes());
                exchange.getResponseBody().close();
            }
            case "/split" -> {
                exchange.getResponseHeaders().add("X-Bad", "a\\r\\nSet-Cookie: b");
                exchange.sendResponseHeaders(200, -1);
            }
            case "/wait" -> {
                try { Thread.sleep(60_000); } catch (InterruptedException interrupted) { System.out.println("interrupted"); }
            }
            default -> throw new IllegalStateException("no " + exchange.getRequestURI());
        }
    }
    private static void tell(HttpExchange exchange) throws IOException {
        Headers headers = exchange.getRequestHeaders();
        String text = exchange.getRequestMethod() + " " + exchange.getRequestURI().getRawQuery() + " " + headers.get("Accept")
            + " " + exchange.getRemoteAddress().getHostString();
        System.out.print("told " + exchange.getRequestURI().getQuery());
        exchange.getResponseHeaders().put("Set-Cookie", List.of("a=1", "b=2"));
        exchange.getResponseHeaders().set("Connection", "close");
        byte[] body = text.getBytes();
        exchange.sendResponseHeaders(201, body.length);
        exchange.getResponseBody().write(body);
        exchange.close();
    }
}
`;
const files = await compileJava({ "example/Site.java": source });
const options = { form: "http", handler: "example.Site" } as const;

describe("java: requests", { skip: skipsJava }, () => {
  it("come with everything to an HttpHandler, many at once, each with its own lines", () =>
    withPackage(files, options, async (client) => {
      const headers = ["accept", "a/b", "accept", "c/d", "x-forwarded-for", "10.0.0.1, 192.0.2.7"];
      const calls = Array.from({ length: 100 }, (_, n) => client.request("GET", `/tell?n=${n}&{`, headers));
      for (const [n, call] of calls.entries()) {
        const { status, pairs, body } = await call.answer;
        assert.equal(status, 201);
        assert.equal(body.toString(), `GET n=${n}&%7B [a/b, c/d] 192.0.2.7`);
        assert.deepEqual(pairs.filter((_, index) => index % 2 === 0).toSorted(), [
          "content-length",
          "set-cookie",
          "set-cookie",
        ]);
        assert.deepEqual(client.linesOf(call.id), [`told n=${n}&{`]);
      }
      const { status, body } = await client.request("HEAD", "/tell").answer;
      assert.deepEqual([status, body.length], [201, 0]);
    }));

  it("stream both ways within the credit of either side", () =>
    withPackage(files, options, async (client) => {
      const call = client.request("POST", "/echo", [], "", { isStreamed: true });
      let received = 0;
      call.onData = (chunk) => (received += chunk.length);
      const piece = Buffer.alloc(1_000_000, "p");
      for (let sent = 0; sent < 20; sent++) await call.write(piece);
      call.end();
      assert.equal((await call.answer).failure, null);
      assert.equal(received, 20_000_000);
      assert.equal(client.overdrawn, 0);
    }));

  it("are answered piece by piece", () =>
    withPackage(files, options, async (client) => {
      const call = client.request("POST", "/events", [], "", { isStreamed: true });
      const first = Promise.withResolvers<string>();
      call.onData = (chunk) => first.resolve(chunk.toString());
      assert.equal(await first.promise, "one");
      call.onData = null;
      call.end();
      assert.equal((await call.answer).body.toString(), "two");
    }));

  it("may be answered by another thread, and need no close when all that was announced is written", () =>
    withPackage(files, options, async (client) => {
      const later = client.request("GET", "/later");
      assert.equal((await later.answer).status, 202);
      assert.deepEqual(client.linesOf(later.id), ["later"]);
      assert.equal((await client.request("GET", "/unclosed").answer).body.toString(), "ok");
    }));

  it("fail with what the handler threw", () =>
    withPackage(files, options, async (client) => {
      for (const [path, message] of [
        ["/nowhere", /no \/nowhere/],
        ["/short", /insufficient bytes written: 5 more/],
        ["/split", /CRLF/],
      ] as const) {
        const { failure } = await client.request("GET", path).answer;
        assert.equal(failure?.kind, "user");
        assert.match(failure.message, message);
      }
    }));

  it("interrupt the thread of the call that is cancelled alone, whatever hangs beside it", () =>
    withPackage(files, options, async (client) => {
      const calls = Array.from({ length: 20 }, () => client.request("GET", "/wait"));
      await client.ping();
      calls[7]?.cancel(2);
      const line = async (): Promise<void> => {
        while (client.logs.length === 0) await client.ping();
      };
      await line();
      assert.deepEqual(client.logs, [{ call: calls[7]?.id, stream: 1, text: "interrupted" }]);
    }));

  it("need a class that implements HttpHandler", async () => {
    const other = await compileJava({
      "example/Other.java": "package example; public class Other { public void handle() {} }",
    });
    await assert.rejects(
      withPackage(other, { form: "http", handler: "example.Other" }, () => Promise.resolve()),
      /handler-missing.*must implement com\.sun\.net\.httpserver\.HttpHandler/,
    );
  });
});
