import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import fs from "node:fs/promises";
import os from "node:os";
import path from "node:path";
import { after, before, describe, it } from "node:test";
import { promisify } from "node:util";
import { compileJava, requireKit, skipsJava } from "../../runtimes/java/testing/compile-java.ts";
import { officialJavaLibraries } from "../conformance/java-libraries.ts";
import { clientOf, deploy, type PackageFiles } from "../deployed-function.ts";
import { gust } from "../gust-command.ts";
import { startServer, type RunningServer } from "../running-server.ts";

const event = `package example;
import java.util.*;
public class Hello {
    public static class Event { public String act = ""; }
    public interface Context { String getFunctionName(); String getRequestId(); }
    public Object mainHandler(Event event, Context context) throws Exception {
        System.out.println("got " + event.act);
        switch (event.act) {
            case "throw": throw new IllegalStateException("on purpose");
            case "exit": System.exit(3);
            case "sleep": while (true) try { Thread.sleep(1000); } catch (InterruptedException goesOn) { }
            case "spin": while (true) { }
            case "eat": List<byte[]> eaten = new ArrayList<>(); while (true) eaten.add(new byte[1 << 20]);
            case "ask": return new long[Integer.MAX_VALUE].length;
            case "overflow": return deep(1);
            case "large": return "x".repeat(7_000_000);
            case "ring": List<Object> ring = new ArrayList<>(); ring.add(ring); return ring;
        }
        return Map.of("variable", System.getenv("GREETING"), "function", context.getFunctionName(),
            "id", context.getRequestId().equals(""), "resource", Hello.class.getResource("/words.txt") != null);
    }
    private int deep(int n) { return deep(n + 1) + 1; }
}
`;
const unloadable = `package example;
public class Broken { static { Integer.parseInt("x"); } public void mainHandler() { } }
`;
const site = `package example;
import com.sun.net.httpserver.*;
import java.io.*;
public class Site implements HttpHandler {
    public void handle(HttpExchange exchange) throws IOException {
        exchange.sendResponseHeaders(200, 0);
        try (OutputStream out = exchange.getResponseBody()) { exchange.getRequestBody().transferTo(out); }
    }
}
`;
const service = `package example;
import com.sun.net.httpserver.*;
import java.net.*;
public class Server {
    public static void main(String[] arguments) throws Exception {
        HttpServer server = HttpServer.create(new InetSocketAddress(Integer.parseInt(System.getenv("PORT"))), 0);
        server.createContext("/", exchange -> {
            byte[] body = System.getProperty("java.vm.name").getBytes();
            exchange.sendResponseHeaders(200, body.length);
            exchange.getResponseBody().write(body);
            exchange.close();
        });
        server.start();
    }
}
`;
const official = `package example;
import com.qcloud.scf.runtime.Context;
import com.qcloud.services.scf.runtime.events.*;
public class Kafka {
    public String mainHandler(CKafkaEvent event, Context context) {
        CKafkaEvent.MsgInfo message = event.getRecords().get(0).getMsg();
        return message.getTopic() + " " + message.getOffset() + " " + message.getMsgBody() + " " + context.getMemoryLimitInMb();
    }
    public Object gateway(APIGatewayProxyRequestEvent event) {
        return event.getHttpMethod() + " " + event.getPath() + " " + event.getHeaders().get("host") + " "
            + event.getQueryString() + " " + event.getRequestContext().getIdentity().getSecretId();
    }
}
`;
const java = { Runtime: "Java11", Handler: "example.Hello::mainHandler" };

describe("Java functions", { skip: skipsJava }, () => {
  let server: RunningServer;
  const classes: Record<string, PackageFiles> = {};

  before(async () => {
    const sources = { Hello: event, Broken: unloadable, Site: site, Server: service };
    const texts = Object.entries(sources).map(([name, text]) => [`example/${name}.java`, text] as const);
    const all = Object.entries(await compileJava(Object.fromEntries(texts)));
    for (const name of Object.keys(sources)) {
      classes[name] = Object.fromEntries(all.filter(([file]) => file.startsWith(`example/${name}`)));
    }
    server = await startServer();
    const parameters = {
      ...java,
      Timeout: 1,
      MemorySize: 128,
      Environment: { Variables: [{ Key: "GREETING", Value: "hello" }] },
    };
    await deploy(server, "bean", { ...classes["Hello"], "words.txt": "" }, parameters);
  });
  after(() => server[Symbol.asyncDispose]());

  /** Result and log of a call; `status` is the SCF code. */
  async function invoke(name: string, fields: object): Promise<{ status: number; body: string; log: string }> {
    const target = { FunctionName: name, ClientContext: JSON.stringify(fields), LogType: "Tail" };
    const { Result: result } = await clientOf(server).call("Invoke", target);
    const { RetMsg: body, InvokeResult: code, Log: log } = result as Record<string, string | number>; // wire type of Invoke
    const status = code === 0 ? 200 : Number(JSON.parse(String(body)).statusCode);
    return { status, body: String(body), log: String(log) };
  }

  it("are given environment, context and their files, and say which Java runs them", async () => {
    const { body, log } = await invoke("bean", {});
    assert.deepEqual(JSON.parse(body), { variable: "hello", function: "bean", id: false, resource: true });
    assert.match(log, /got/);
    const { StatusReasons: reasons } = await clientOf(server).call("GetFunction", { FunctionName: "bean" });
    assert.match(
      JSON.stringify(reasons),
      /RuntimeSubstituted.*Java11 runs on Java \d+\.\d+\.\d+, the JDK of this host/,
    );
  });

  for (const [act, status, message] of [
    ["throw", 430, /on purpose/],
    ["overflow", 430, /StackOverflowError/],
    ["ring", 430, /nested more than/],
    ["sleep", 433, /timed out after 1 seconds/],
    ["spin", 433, /timed out after 1 seconds/],
    ["ask", 434, /memory exceeded 128 MB/],
    ["eat", 434, /memory exceeded 128 MB/],
    ["exit", 439, /process exited with code 3/],
    ["large", 407, /body size is too long/],
  ] as const) {
    it(`fail with ${status} (${act}), and answer the next call`, async () => {
      const failed = await invoke("bean", { act });
      assert.equal(failed.status, status, failed.body);
      assert.match(failed.body, message);
      assert.equal((await invoke("bean", {})).status, 200);
    });
  }

  it("fail with 443 when the class cannot be loaded, and 437 when the method is not there", async () => {
    await deploy(server, "broken", classes["Broken"] ?? {}, { ...java, Handler: "example.Broken::mainHandler" });
    assert.equal((await invoke("broken", {})).status, 443);
    await deploy(server, "other", classes["Hello"] ?? {}, { ...java, Handler: "example.Hello::other" });
    assert.equal((await invoke("other", {})).status, 437);
  });

  it("are refused when their handler names no class of the package", async () => {
    for (const [handler, problem] of [
      ["example.Hello", /package\.Class::method/],
      ["index.main_handler", /package\.Class::method/],
      ["other.Hello::main", /needs a file other\/Hello\.class, or a jar/],
    ] as const) {
      await assert.rejects(deploy(server, "refused", classes["Hello"] ?? {}, { ...java, Handler: handler }), problem);
    }
  });

  it("answer requests, and servers in Java run as services", async () => {
    const parameters = { Runtime: "Java8", Type: "HTTP" };
    const { url } = await deploy(server, "site", classes["Site"] ?? {}, { ...parameters, Handler: "example.Site" });
    const body = "b".repeat(1_000_000);
    assert.equal(await (await fetch(url, { method: "POST", body })).text(), body);
    await using folder = await temporaryFolder();
    const jar = await makeJar(folder.path, classes["Server"] ?? {}, ["-e", "example.Server"]);
    const start = { text: "#!/bin/sh\nexec java -Xshare:auto -jar server.jar\n", mode: 0o755 };
    const files = { "server.jar": await fs.readFile(jar), scf_bootstrap: start };
    const served = await deploy(server, "served", files, { ...parameters, MemorySize: 256 });
    assert.match(await (await fetch(served.url)).text(), /VM/);
  });

  it("take events of Tencent's own library, from a jar that `gust deploy` sends", async (t) => {
    const libraries = await officialJavaLibraries();
    if (libraries.kind === "absent") return t.skip(libraries.reason);
    await using folder = await temporaryFolder();
    const compiled = await compileJava({ "example/Kafka.java": official }, libraries.value);
    const lib = await Promise.all(
      libraries.value.map(async (file) => {
        return [`lib/${path.basename(file)}`, { text: await fs.readFile(file), mode: 0o644 }] as const;
      }),
    );
    await makeJar(folder.path, { ...compiled, ...Object.fromEntries(lib) });
    await fs.writeFile(path.join(folder.path, "template.yaml"), template);
    const deployed = await gust(["deploy", folder.path, "--data", server.dataDirectory]);
    assert.equal(deployed.code, 0, deployed.stderr);
    const record = { topic: "t", partition: 1, offset: 36, msgKey: "None", msgBody: "from Kafka" };
    assert.equal((await invoke("kafka", { Records: [{ Ckafka: record }] })).body, '"t 36 from Kafka 256"');
    const request = {
      requestContext: { identity: { secretId: "id" }, serviceId: "s" },
      headers: { host: "h" },
      path: "/p",
      httpMethod: "GET",
      queryString: { a: "b", flag: true, list: ["c", "d"] },
    };
    assert.equal(
      (await invoke("gateway", request)).body,
      JSON.stringify('GET /p h {a=b, flag=true, list=["c","d"]} id'),
    );
  });
});

const template = `Resources:
  default:
    Type: TencentCloud::Serverless::Namespace
    kafka:
      Type: TencentCloud::Serverless::Function
      Properties: { CodeUri: ./package.jar, Handler: example.Kafka::mainHandler, Runtime: Java11, MemorySize: 256 }
    gateway:
      Type: TencentCloud::Serverless::Function
      Properties: { CodeUri: ./package.jar, Handler: example.Kafka::gateway, Runtime: Java11 }
`;

async function temporaryFolder(): Promise<AsyncDisposable & { readonly path: string }> {
  const folder = await fs.mkdtemp(path.join(os.tmpdir(), "gust-java-"));
  return { path: folder, [Symbol.asyncDispose]: async () => fs.rm(folder, { recursive: true, force: true }) };
}

/** A jar, as the JDK's own tool makes it. */
async function makeJar(folder: string, files: PackageFiles, options: readonly string[] = []): Promise<string> {
  const classesFolder = path.join(folder, "classes");
  for (const [name, content] of Object.entries(files)) {
    const text = typeof content === "object" && "text" in content ? content.text : content;
    await fs.mkdir(path.dirname(path.join(classesFolder, name)), { recursive: true });
    await fs.writeFile(path.join(classesFolder, name), text);
  }
  const jar = path.join(folder, "package.jar");
  const tool = path.join(requireKit().home, "bin/jar");
  await promisify(execFile)(tool, ["-c", "-f", jar, ...options, "-C", classesFolder, "."]);
  return jar;
}
