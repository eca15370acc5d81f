import { describe } from "node:test";
import { compileJava, skipsJava } from "../../runtimes/java/testing/compile-java.ts";
import { javaRuntime } from "../../runtimes/java/testing/with-package.ts";
import { describeRuntime } from "./runtime.suite.ts";

/** A class with the handler of a program. */
function source(name: string, handler: string): string {
  return `package example;
import java.util.*;
public class ${name} {
    ${handler}
}
`;
}

const sources = {
  Echo: `public Object mainHandler(Map<String, Object> event, Context context) {
        Map<String, Object> result = new LinkedHashMap<>();
        result.put("event", event);
        result.put("requestId", context.getRequestId());
        result.put("variable", System.getenv("GREETING"));
        return result;
    }
    public interface Context { String getRequestId(); }`,
  Print: `public static class Lines { public List<String> lines; public String err; }
    public void mainHandler(Lines event) {
        for (String line : event.lines) System.out.println(line);
        if (!event.err.isEmpty()) System.err.println(event.err);
        System.out.print("rest");
    }`,
  Fail: `public void mainHandler() { throw new IllegalStateException("broken on purpose"); }`,
  Size: `public String mainHandler(Map<String, Integer> event) { return "x".repeat(event.get("size")); }`,
  Exit: `public void mainHandler() { System.exit(7); }`,
  NotJson: `public Object mainHandler() { List<Object> ring = new ArrayList<>(); ring.add(ring); return ring; }`,
  NoExport: `public int other_handler() { return 1; }`,
  NoFile: `public int mainHandler() { return 1; }`,
  Unloadable: `static { if (true) throw new IllegalStateException("not loadable"); }
    public int mainHandler() { return 1; }`,
  Hang: `public static class Event { public boolean quick; }
    public Object mainHandler(Event event) {
        while (!event.quick) try { Thread.sleep(1000); } catch (InterruptedException goesOn) { }
        return 1;
    }`,
};

const classes = await compileJava(
  Object.fromEntries(Object.entries(sources).map(([name, handler]) => [`example/${name}.java`, source(name, handler)])),
);

function program(name: keyof typeof sources, handler = `example.${name}::mainHandler`) {
  const own = Object.entries(classes).filter(([file]) => new RegExp(`/${name}[$.]`).test(file));
  return { handler, files: Object.fromEntries(own) };
}

describe("java", { skip: skipsJava }, () => {
  describeRuntime({
    name: "java",
    command: javaRuntime,
    programs: {
      echo: program("Echo"),
      print: program("Print"),
      fail: program("Fail"),
      size: program("Size"),
      exit: program("Exit"),
      notJson: program("NotJson"),
      noExport: program("NoExport"),
      noFile: program("NoFile", "example.Missing::mainHandler"),
      unloadable: program("Unloadable"),
      hang: program("Hang"),
    },
  });
});
