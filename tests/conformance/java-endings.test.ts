import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { compileJava, skipsJava } from "../../runtimes/java/testing/compile-java.ts";
import { withPackage } from "../../runtimes/java/testing/with-package.ts";

const source = `package example;
import java.util.*;
import java.util.concurrent.*;
public class Endings {
    static {
        Runtime.getRuntime().addShutdownHook(new Thread(() -> System.out.println("hook")));
    }
    public Object exit(Map<String, Integer> event) {
        System.out.println("before");
        Runtime.getRuntime().exit(event.get("code"));
        return null;
    }
    public Object halt() { Runtime.getRuntime().halt(9); return null; }
    public Object elsewhere() throws Exception {
        Thread thread = new Thread(() -> System.exit(3));
        thread.start();
        thread.join();
        return null;
    }
    public Object slow() throws Exception {
        Thread.sleep(30);
        System.out.println("called");
        return null;
    }
    public Object many() {
        for (int i = 0; i < 10; i++) System.out.println("x".repeat(60_000));
        System.exit(2);
        return null;
    }
    private static final ExecutorService POOL = Executors.newFixedThreadPool(2);
    public Object pool(String name) throws Exception {
        POOL.submit(() -> System.out.println("pool " + name)).get();
        CompletableFuture.runAsync(() -> System.out.println("future " + name)).get();
        System.out.write("\\u00e9".getBytes("UTF-8"), 0, 1);
        System.out.write("\\u00e9".getBytes("UTF-8"), 1, 1);
        System.out.print("\\r\\n");
        java.util.logging.Logger.getLogger("any").info("logged " + name);
        return null;
    }
}
`;
const files = await compileJava({ "example/Endings.java": source });
const handler = (method: string) => ({ handler: `example.Endings::${method}` });

describe("java: what becomes of calls when user code ends the process", { skip: skipsJava }, () => {
  for (const code of [0, 7, 255]) {
    it(`fails the call and says the code (${code}), after the hooks of user code`, () =>
      withPackage(files, handler("exit"), async (client) => {
        const call = client.invoke({ code });
        const { failure } = await call.answer;
        assert.deepEqual([failure?.kind, failure?.message], ["exit", `process exited with code ${code}`]);
        assert.equal((await client.exited()).code, code);
        assert.deepEqual(client.linesOf(call.id), ["before", "hook"]);
        assert.equal(client.failures[0]?.kind, "exit");
      }));
  }

  it("says the code also when another thread ends it", () =>
    withPackage(files, handler("elsewhere"), async (client) => {
      assert.equal((await client.invoke({}).answer).failure?.message, "process exited with code 3");
    }));

  it("says nothing at Runtime.halt", () =>
    withPackage(files, handler("halt"), async (client) => {
      assert.equal((await client.invoke({}).answer).failure?.kind, "closed");
      assert.equal((await client.exited()).code, 9);
    }));

  it("sends what was said before the end even when the platform reads late", () =>
    withPackage(files, handler("many"), async (client) => {
      client.pause();
      const call = client.invoke({});
      setTimeout(() => client.resume(), 100);
      assert.equal((await call.answer).failure?.kind, "exit");
      assert.equal(client.linesOf(call.id).filter((line) => line.startsWith("x")).length, 10);
    }));

  it("runs hooks at STOP, after the running call", () =>
    withPackage(files, handler("slow"), async (client) => {
      const call = client.invoke({});
      await client.ping();
      client.stop(5_000);
      assert.equal((await call.answer).failure, null);
      assert.equal((await client.exited()).code, 0);
      assert.deepEqual(
        client.logs.map(({ text }) => text),
        ["called", "hook"],
      );
    }));

  it("tags lines of thread pools, futures and loggers with the call under way", () =>
    withPackage(files, handler("pool"), async (client) => {
      for (const name of ["one", "two"]) {
        const call = client.invoke(JSON.stringify(name));
        assert.equal((await call.answer).failure, null);
        const lines = client.linesOf(call.id).filter((line) => !line.includes("example.Endings"));
        assert.deepEqual(lines.toSorted(), [`INFO: logged ${name}`, `future ${name}`, `pool ${name}`, "é"].toSorted());
      }
    }));
});
