import { describeRuntime } from "./runtime.suite.ts";
import { customRuntime, nodeBootstrap } from "../../runtimes/custom/testing/with-program.ts";

/** Programs for the conformance suite: one for SCF's API, one for Lambda's. `answer` gets event, id, variable and answers. */
const apis = {
  "custom, SCF's API": `
    const base = "http://" + process.env.SCF_RUNTIME_API + ":" + process.env.SCF_RUNTIME_API_PORT + "/runtime/";
    const idHeader = "request_id";
    const urls = (id) => ({ response: base + "invocation/response", error: base + "invocation/error" });
    const ready = () => fetch(base + "init/ready", { method: "POST" });`,
  "custom, Lambda's API": `
    const base = "http://" + process.env.AWS_LAMBDA_RUNTIME_API + "/2018-06-01/runtime/";
    const idHeader = "lambda-runtime-aws-request-id";
    const urls = (id) => ({ response: base + "invocation/" + id + "/response", error: base + "invocation/" + id + "/error" });
    const ready = async () => {};`,
};

for (const [name, api] of Object.entries(apis)) {
  const program = (answer: string) => ({
    handler: "bootstrap",
    files: nodeBootstrap(`${api}
      const post = (url, body) => fetch(url, { method: "POST", body });
      await ready();
      for (;;) {
        const response = await fetch(base + "invocation/next");
        const requestId = response.headers.get(idHeader);
        const own = JSON.parse(response.headers.get("lambda-runtime-client-context") ?? "{}").env ?? {};
        const variable = own.GREETING ?? process.env.GREETING;
        const event = await response.json();
        const { response: done, error: failed } = urls(requestId);
        ${answer}
      }`),
  });

  describeRuntime({
    name: "custom",
    title: name,
    command: customRuntime,
    programs: {
      echo: program("await post(done, JSON.stringify({ event, requestId, variable }));"),
      print: program(
        `for (const line of event.lines) console.log(line); if (event.err) console.error(event.err); process.stdout.write("rest"); await post(done, "{}");`,
      ),
      fail: program(
        `const error = new Error("broken on purpose"); await post(failed, JSON.stringify({ errorMessage: error.message, errorType: error.name, stackTrace: error.stack.split("\\n") }));`,
      ),
      size: program(`await post(done, "x".repeat(event.size));`),
      exit: program("process.exit(7);"),
      notJson: program("await post(done, new Uint8Array([255, 254]));"),
      noExport: null,
      noFile: { handler: "bootstrap", files: { "scf_bootstrap.txt": "", "readme.md": "" } },
      unloadable: {
        handler: "bootstrap",
        files: nodeBootstrap(
          `await fetch("http://" + process.env.AWS_LAMBDA_RUNTIME_API + "/2018-06-01/runtime/init/error", { method: "POST", body: '{"errorMessage":"not loadable","errorType":"SyntaxError"}' });`,
        ),
      },
      hang: program(
        `if (event.quick) { await post(done, "1"); continue; } await new Promise(() => setInterval(() => {}, 1000));`,
      ),
    },
  });
}
