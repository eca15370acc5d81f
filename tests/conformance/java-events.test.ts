import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { compileJava, skipsJava } from "../../runtimes/java/testing/compile-java.ts";
import { withPackage } from "../../runtimes/java/testing/with-package.ts";

const source = `package example;
import java.io.*;
import java.math.*;
import java.util.*;
interface Greeter<I, O> { O greet(I input); }
public class Events implements Greeter<Events.Person, String> {
    public enum Color { RED, GREEN }
    public record Point(int x, Double y) {}
    public static class Person {
        private String name = "nobody";
        private int age = -1;
        public Color color;
        public Point at;
        public Map<String, List<Long>> scores;
        public Optional<String> note = Optional.empty();
        public boolean[] flags;
        public String getName() { return name; }
        public void setName(String name) { this.name = name; }
        public int getAge() { return age; }
        public void setAge(int age) { this.age = age; }
    }
    public Person bean(Person person) { return person; }
    public String greet(Person person) { return "hello " + person.getName(); }
    public static int number(int n) { return n + 1; }
    public String text(String text) { return text; }
    public List<?> numbers(List<Object> numbers) {
        List<String> names = new ArrayList<>();
        for (Object number : numbers) names.add(number.getClass().getSimpleName());
        return List.of(names, numbers);
    }
    public void streams(InputStream in, OutputStream out) throws IOException { in.transferTo(out); }
    public void badStream(InputStream in, OutputStream out) throws IOException { out.write('{'); }
    private static int deep(int n) { return deep(n + 1) + 1; }
    public Object any(Map<String, Object> event) throws Exception {
        switch (String.valueOf(event.get("act"))) {
            case "nothing": return null;
            case "not finite": return 0.0 / 0;
            case "no form": return new Object();
            case "half": return "\\ud83d";
            case "deep": return deep(1);
            case "memory": return new long[Integer.MAX_VALUE].length;
            case "cause":
                try { return Integer.parseInt("x"); }
                catch (NumberFormatException error) { throw new IllegalStateException("no number", error); }
            case "thread":
                Thread thread = new Thread(() -> { throw new IllegalStateException("in a thread"); });
                thread.start();
                thread.join();
                return "fine";
            case "isolation":
                try { return Class.forName("gust.runtime.Main").getName(); }
                catch (ClassNotFoundException none) { return "none"; }
            case "place":
                return List.of(System.getProperty("user.dir"), Thread.currentThread().getContextClassLoader() == Events.class.getClassLoader());
            default: return event;
        }
    }
    private int secret() { return 1; }
    public int twice(int a) { return a; }
    public int twice(String a) { return 0; }
    public int wrong(int a, int b) { return a; }
    private final List<Runnable> late = new ArrayList<>();
    public Object sleep(Map<String, Object> event) {
        try { Thread.sleep(60_000); } catch (InterruptedException interrupted) { System.out.println("interrupted"); }
        return "over";
    }
}
`;
const files = await compileJava({ "example/Events.java": source });

/** What calls of a method come to: their results, or `kind: type: message`. */
async function outcomes(method: string, events: readonly unknown[]): Promise<readonly unknown[]> {
  const found: unknown[] = [];
  await withPackage(files, { handler: `example.Events::${method}` }, async (client) => {
    for (const event of events) {
      const { body, failure } = await client.invoke(event).answer;
      found.push(
        failure === null ? JSON.parse(body.toString()) : `${failure.kind}: ${failure.errorType}: ${failure.message}`,
      );
    }
  });
  return found;
}

describe("java: events", { skip: skipsJava }, () => {
  it("become beans, records, enums, collections and numbers, and results become JSON", async () => {
    const person = {
      name: "Li",
      age: 7,
      color: "GREEN",
      at: { x: 1, y: 2.5 },
      scores: { a: [1, 2 ** 40] },
      note: "n",
      flags: [true, false],
    };
    const [full, empty, wrong] = await outcomes("bean", [
      { ...person, NAME: "Wang", more: [{}] },
      {},
      { at: { x: "y" } },
    ]);
    assert.deepEqual(full, { ...person, name: "Wang" });
    const nothing = { color: null, at: null, scores: null, note: null, flags: null };
    assert.deepEqual(empty, { name: "nobody", age: -1, ...nothing });
    assert.match(String(wrong), /^user: InvalidEvent: The event is no .*Person: "y" at \.at\.x is no int/);
  });

  it("have numbers of any size, text of any kind, and may be read as bytes", async () => {
    const numbers = "[1, 2147483648, 12345678901234567890, 1.5, 1e400]";
    const kinds = ["Integer", "Long", "BigInteger", "Double", "BigDecimal"];
    assert.deepEqual(await outcomes("numbers", [numbers]), [[kinds, JSON.parse(numbers)]]);
    const any = { "": null, 'q"\\\n\u0001': [[], {}, "ü\ud83d\ude00", false] };
    assert.deepEqual(await outcomes("streams", [any]), [any]);
    assert.match(String(await outcomes("badStream", [any])), /^bad-result: BadResult: The result is not JSON: it ends/);
    const [whole, broken] = await outcomes("number", ["41", "41.5"]);
    assert.equal(whole, 42);
    assert.match(String(broken), /InvalidEvent: The event is no int: 41\.5 is no int/);
    assert.deepEqual(await outcomes("greet", [{ name: "you" }]), ["hello you"]);
    assert.deepEqual(await outcomes("text", ['"plain"', { a: [1] }]), ["plain", '{"a":[1]}']);
  });

  it("come to what their handler gives or throws", async () => {
    const expected: Record<string, unknown> = {
      echo: { act: "echo" },
      nothing: null,
      half: "\ud83d",
      thread: "fine",
      isolation: "none",
      "not finite": /^bad-result: BadResult: .*NaN/,
      "no form": /^bad-result: BadResult: .*java\.lang\.Object has no form/,
      cause: "user: java.lang.IllegalStateException: no number",
      deep: "user: java.lang.StackOverflowError: java.lang.StackOverflowError",
      memory: /^memory: java\.lang\.OutOfMemoryError: /,
    };
    const acts = Object.keys(expected);
    const found = await outcomes("any", [...acts.map((act) => ({ act })), "{"]);
    for (const [index, act] of acts.entries()) {
      const wanted = expected[act];
      if (wanted instanceof RegExp) assert.match(String(found[index]), wanted);
      else assert.deepEqual(found[index], wanted, act);
    }
    assert.match(String(found.at(-1)), /^user: InvalidEvent: The event is not JSON: it ends/);
  });

  it("have causes in their stack, and nothing of the runtime; their code finds its folder and its class loader", () =>
    withPackage(files, { handler: "example.Events::any" }, async (client, root) => {
      const { stackTrace } = (await client.invoke({ act: "cause" }).answer).failure ?? { stackTrace: "" };
      assert.match(stackTrace, /no number\n {4}at example\.Events\.any\(Events\.java:\d+\)\nCaused by/);
      assert.doesNotMatch(stackTrace, /gust\.|reflect/);
      assert.deepEqual(JSON.parse((await client.invoke({ act: "place" }).answer).body.toString()), [root, true]);
    }));

  it("are interrupted when they are cancelled, and the next one is not", () =>
    withPackage(files, { handler: "example.Events::sleep" }, async (client) => {
      for (const reason of [1, 2]) {
        const call = client.invoke({});
        assert.equal(await client.ping(), reason);
        call.cancel(reason);
        assert.equal((await call.answer).body.toString(), '"over"');
        assert.deepEqual(client.linesOf(call.id), ["interrupted"]);
      }
    }));

  for (const [method, problem] of [
    ["secret", /has no public method "secret", it has any, .*greet/],
    ["twice", /has more than one: twice\(.*\), twice\(/],
    ["wrong", /wrong\(int, int\) of example\.Events cannot be called/],
  ] as const) {
    it(`refuse a handler that cannot be called (${method})`, async () => {
      await assert.rejects(
        withPackage(files, { handler: `example.Events::${method}` }, () => Promise.resolve()),
        (error: Error) =>
          problem.test(error.message.replaceAll('\\"', '"')) && error.message.includes("handler-missing"),
      );
    });
  }
});
