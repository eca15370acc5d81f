import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { withoutContainers } from "../containers.ts";
import { clientOf, deploy, type DeployedFunction } from "../deployed-function.ts";
import { startServer, type RunningServer } from "../running-server.ts";
import { withoutPhpCgi } from "../../runtimes/php/testing/with-package.ts";

const event = `<?php
$loaded = 'in the global scope';
function main_handler($event, $context) {
    global $loaded;
    $do = $event->do ?? null;
    echo 'got ', json_encode($do), PHP_EOL;
    if ($do === 'throw') throw new DomainException('on purpose');
    if ($do === 'die') die('last words');
    if ($do === 'sleep') sleep(1000);
    if ($do === 'spin') while (true);
    if ($do === 'eat') { $eaten = []; while (true) $eaten[] = str_repeat('x', 1000000); }
    if ($do === 'large') return str_repeat('x', 7000000);
    if ($do === 'nan') return NAN;
    if ($do === 'look') return [glob('/etc/php/*/*/php.ini'), glob('/etc/php/*/*/conf.d/*') !== []];
    return ['variable' => getenv('GREETING'), 'root' => getcwd() . '/' === getenv('USER_CODE_ROOT'), 'loaded' => $loaded,
        'function' => $context->function_name, 'extensions' => array_map(extension_loaded(...), ['ctype', 'iconv', 'pdo', 'tokenizer'])];
}
`;

const web = `<?php
if (($_GET['do'] ?? '') === 'throw') throw new DomainException('on purpose');
header('X-Method: ' . $_SERVER['REQUEST_METHOD']);
echo json_encode(['path' => $_SERVER['REQUEST_URI'], 'host' => $_SERVER['HTTP_HOST'], 'post' => $_POST, 'cached' => opcache_get_status(false) !== false]);
`;

const drivers = [
  { driver: "process", skip: withoutPhpCgi },
  { driver: "oci", skip: withoutPhpCgi || withoutContainers },
] as const;

for (const { driver, skip } of drivers) {
  describe(`PHP functions (${driver})`, { skip }, () => {
    let server: RunningServer;
    let site: DeployedFunction;

    before(async () => {
      server = await startServer({ environment: { GUST_SANDBOX: driver } });
      const environment = { Variables: [{ Key: "GREETING", Value: "hello" }] };
      const parameters = { Runtime: "Php7.4", Timeout: 1, MemorySize: 64, Environment: environment };
      await deploy(server, "elephant", { "index.php": event }, parameters);
      site = await deploy(
        server,
        "site",
        { "index.php": web },
        { Runtime: "Php8.0", Type: "HTTP", Handler: "index.php" },
      );
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

    it("say which PHP runs them", async () => {
      const { StatusReasons: reasons } = await clientOf(server).call("GetFunction", { FunctionName: "elephant" });
      assert.match(
        JSON.stringify(reasons),
        /RuntimeSubstituted.*Php7\.4 runs on PHP 8\.\d+\.\d+.*the php of this host/,
      );
    });

    it("are given objects, environment, folder, and the extensions of the host", async () => {
      const { body, log } = await invoke("elephant", {});
      assert.deepEqual(JSON.parse(body), {
        variable: "hello",
        root: true,
        loaded: "in the global scope",
        function: "elephant",
        extensions: [true, true, true, true],
      });
      assert.match(log, /got null/);
    });

    for (const [act, status, message] of [
      ["throw", 430, /user code exception caught|on purpose/],
      ["nan", 430, /not JSON|user code exception caught/],
      ["sleep", 433, /timed out after 1 seconds/],
      ["spin", 433, /timed out after 1 seconds/],
      ["eat", 434, /memory exceeded 64 MB/],
      ["die", 439, /process exited with code 0/],
      ["large", 407, /body size is too long/],
    ] as const) {
      it(`fail with ${status} (${act}), and answer the next call`, async () => {
        const failed = await invoke("elephant", { do: act });
        assert.equal(failed.status, status);
        assert.match(failed.body, message);
        if (act === "die") assert.match(failed.log, /last words/);
        assert.equal((await invoke("elephant", {})).status, 200);
      });
    }

    it("see which extensions the host loads, and none of its settings", { skip: driver === "process" }, async () => {
      assert.equal((await invoke("elephant", { do: "look" })).body, "[[],true]");
    });

    for (const [name, source, status] of [
      ["no-handler", "<?php function other($event, $context) {}", 437],
      ["no-syntax", "<?php function (", 443],
    ] as const) {
      it(`fail with ${status} when the code has ${name}`, async () => {
        await deploy(server, name, { "index.php": source }, { Runtime: "Php8.0" });
        assert.equal((await invoke(name, {})).status, status);
      });
    }

    it("answer requests with an ordinary script, many at once", async () => {
      const form = new URLSearchParams({ a: "b" });
      const answer = await fetch(`${site.url}some/path?q=1`, { method: "POST", body: form });
      assert.equal(answer.headers.get("x-method"), "POST");
      const { path, post, cached } = (await answer.json()) as Record<string, unknown>;
      assert.deepEqual([path, post, cached], ["/some/path?q=1", { a: "b" }, true]);
      const answers = await Promise.all(Array.from({ length: 50 }, async () => (await fetch(site.url)).status));
      assert.deepEqual(new Set(answers), new Set([200]));
      const failed = await fetch(`${site.url}?do=throw`);
      assert.equal(failed.headers.get("x-scf-status"), "430");
    });

    it("are services, too, with the server of PHP itself", async () => {
      const files = {
        scf_bootstrap: { text: "#!/bin/sh\nexec php -S 0.0.0.0:9000 -t .\n", mode: 0o755 },
        "index.php": "<?php echo 'served by ', PHP_SAPI;",
      };
      const service = await deploy(server, "own-server", files, { Runtime: "Php8.0", Type: "HTTP", Handler: "" });
      assert.equal(await (await fetch(service.url)).text(), "served by cli-server");
    });
  });
}
