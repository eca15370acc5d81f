import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import os from "node:os";
import path from "node:path";
import { describe, it } from "node:test";
import { fileURLToPath } from "node:url";
import { callFrom, firstWords, onFakeHost, onHost, places, resolveFrom, runInside } from "./testing/fake-host.ts";
import { askFromHost, gatewayOf, Log, OpenedNetworks, others, refused, timely } from "./testing/opened-networks.ts";

onFakeHost(import.meta.filename, () => {
  describe("the network of a box", () => {
    const opened = new OpenedNetworks();

    it("reaches the outside under the host's address", async () => {
      const networks = await opened.open();
      const box = await networks.take(timely);
      assert.equal(await callFrom(box, places.public, 80), places.host);
      assert.deepEqual(networks.warnings, []);
    });

    it("reaches neither metadata nor private networks, which the host reaches", async () => {
      const networks = await opened.open();
      const box = await networks.take(timely);
      for (const place of [places.metadata, places.lan, places.otherLan]) {
        assert.equal(await askFromHost(place, 80), places.host, "the fence is what refuses");
        assert.equal(await callFrom(box, place, 80), refused);
      }
    });

    it("reaches the metadata of no cloud, whatever a setting opens", async () => {
      const networks = await opened.open({ allowedNetworks: ["0.0.0.0/0"] });
      const box = await networks.take(timely);
      assert.equal(await callFrom(box, places.lan, 80), places.host);
      for (const place of [places.metadata, places.azure, places.oracle, places.alibaba]) {
        assert.equal(await askFromHost(place, 80), places.host, "the fence is what refuses");
        assert.equal(await callFrom(box, place, 80), refused, place);
      }
    });

    it("reaches the private networks that a setting opens, and no more", async () => {
      const networks = await opened.open({ allowedNetworks: ["10.1.2.0/24"] });
      const box = await networks.take(timely);
      assert.equal(await callFrom(box, places.lan, 80), places.host);
      assert.equal(await callFrom(box, places.otherLan, 80), refused);
      assert.equal(await callFrom(box, places.metadata, 80), refused);
    });

    it("reaches no service of the host on any of its addresses", async () => {
      const networks = await opened.open();
      const box = await networks.take(timely);
      await opened.serveOnHost(4878);
      const gateway = gatewayOf(networks);
      for (const address of [places.host, gateway]) {
        assert.equal(await askFromHost(address, 4878), "host service");
        assert.equal(await callFrom(box, address, 4878), refused);
      }
    });

    it("reaches no service behind a port that the host publishes, as Docker does", async () => {
      const networks = await opened.open({ allowedNetworks: ["10.1.2.0/24"] });
      const box = await networks.take(timely);
      await onHost(`nft -f - <<'END'
table ip docker { chain out { type nat hook prerouting priority dstnat; fib daddr type local meta l4proto { tcp, udp } th dport { 53, 8080 } dnat to ${places.lan}:80; }; }
END`);
      opened.defer(() => onHost("nft delete table ip docker"));
      const gateway = gatewayOf(networks);
      assert.equal(await callFrom(box, places.host, 8080), refused);
      assert.equal(await callFrom(box, gateway, 8080), refused);
      assert.equal(await resolveFrom(box, networks.resolvConf()), places.public, "our doors come first");
    });

    it("reaches no other box, of this installation or another", async () => {
      const networks = await opened.open({ allowedNetworks: ["0.0.0.0/0"] });
      const neighbours = await opened.open({ installation: others, allowedNetworks: ["100.64.0.0/10"] });
      const [box, second, foreign] = [
        await networks.take(timely),
        await networks.take(timely),
        await neighbours.take(timely),
      ];
      for (const other of [second, foreign]) {
        await opened.serveInside(other);
        assert.equal(await askFromHost(other.address, 9000), "inside", "the host reaches the port");
        assert.equal(await callFrom(box, other.address, 9000), refused);
      }
      await opened.serveInside(box);
      assert.notEqual(await callFrom(foreign, box.address, 9000), "inside", "although its own fence would let it");
    });

    it("cannot be reached from elsewhere through the host", async () => {
      const networks = await opened.open();
      const box = await networks.take(timely);
      await opened.serveInside(box);
      const enter = `nsenter --net=/proc/${opened.outside.pid}/ns/net`;
      await onHost(`${enter} ip route replace ${box.address} via ${places.host}`);
      const tried = onHost(
        `${enter} ${process.execPath} -e 'const s = require("node:net").connect(9000, "${box.address}"); s.setTimeout(700, () => { console.log("silence"); s.destroy(); }); s.on("error", (e) => console.log(e.code)); s.on("connect", () => console.log("connected"))'`,
      );
      assert.equal((await tried).trim(), refused);
      await onHost(`${enter} ip route del ${box.address}`);
    });

    it("may not speak under an address that is not its own", async () => {
      const networks = await opened.open();
      const [box, other] = [await networks.take(timely), await networks.take(timely)];
      await onHost(`nsenter --net=${box.namespacePath} ip address add ${other.address}/32 dev eth0`);
      const [nameserver, counter] = [places.public, 83];
      const send = (from: string): string => `const socket = require("node:dgram").createSocket("udp4");
        socket.bind(0, "${from}", () => socket.send(Buffer.alloc(40), 53, "${nameserver}", () => socket.close()));`;
      const before = Number(await callFrom(box, nameserver, counter));
      await runInside(box, send(other.address));
      assert.equal(Number(await callFrom(box, nameserver, counter)), before, "nothing arrived");
      await runInside(box, send(box.address));
      assert.equal(Number(await callFrom(box, nameserver, counter)), before + 1, "and otherwise it would have");
    });

    it("sends nothing that belongs to no connection, which would leave under the box's own address", async () => {
      const networks = await opened.open();
      const box = await networks.take(timely);
      const enter = `nsenter --net=/proc/${opened.outside.pid}/ns/net`;
      await onHost(`${enter} nft -f - <<'END'
table ip seen { chain arriving { type filter hook prerouting priority raw; icmp type echo-reply counter comment "reply"; icmp type echo-request counter comment "request"; }; }
END`);
      opened.defer(() => onHost(`${enter} nft delete table ip seen`));
      await onHost(`nsenter --net=${box.namespacePath} perl -MSocket -e '
        socket(my $raw, AF_INET, SOCK_RAW, 1) or die "$!";
        my $to = pack_sockaddr_in(0, inet_aton("${places.public}"));
        for my $type (0, 8) { send($raw, pack("CCnnn", $type, 0, 0xffff - ($type << 8) - 2, 1, 1), 0, $to) or die "$!" }'`);
      const seen = async (): Promise<string[]> =>
        [...(await onHost(`${enter} nft list table ip seen`)).matchAll(/packets (\d+)/g)].map(([, count]) =>
          String(count),
        );
      while ((await seen())[1] === "0") timely.signal.throwIfAborted(); // the second has arrived: the first would have
      assert.deepEqual(await seen(), ["0", "1"]);
    });

    it("has a loopback, no IPv6, and packets no larger than the way out takes", async () => {
      const networks = await opened.open();
      const box = await networks.take(timely);
      const seen = await runInside(box, `console.log(JSON.stringify(require("node:os").networkInterfaces()))`);
      const interfaces = JSON.parse(seen) as Record<string, { family: string }[]>;
      assert.deepEqual(Object.keys(interfaces).toSorted(), ["eth0", "lo"]);
      assert.ok(
        Object.values(interfaces)
          .flat()
          .every(({ family }) => family === "IPv4"),
      );
      assert.match(await onHost(`nsenter --net=${box.namespacePath} ip link show eth0`), /mtu 1400/);
      assert.equal((await onHost("ip -6 address show | grep g0a1b2c3d- || true")).trim(), "");
    });

    it("asks the host's nameservers, and reaches nothing else of them", async () => {
      const networks = await opened.open({ resolvers: [places.lan] });
      const box = await networks.take(timely);
      const gateway = gatewayOf(networks);
      assert.equal(await resolveFrom(box, networks.resolvConf()), places.public);
      const overTcp = `const s = require("node:net").connect(53, "${gateway}", () => s.write(Buffer.from("001d123401000001000000000000016107657861" + "6d706c650000010001", "hex"))); s.once("data", (d) => { console.log(d.readUInt16BE(8)); s.destroy(); })`;
      assert.equal(await runInside(box, overTcp), "1", "one answer over TCP");
      assert.equal(await callFrom(box, places.lan, 53), refused);
      assert.equal(await callFrom(box, gateway, 80), refused);
    });

    it("asks a nameserver on the host's loopback, and follows the host to another", async () => {
      const directory = await mkdtemp(path.join(os.tmpdir(), "gust-resolv-"));
      opened.defer(() => rm(directory, { recursive: true, force: true }));
      const resolvConfFile = path.join(directory, "resolv.conf");
      await writeFile(resolvConfFile, `nameserver ${places.lan}\n`);
      const log = new Log();
      const networks = await opened.open({ resolvers: undefined, resolvConfFile, logger: log });
      const box = await networks.take(timely);
      assert.equal(await resolveFrom(box, networks.resolvConf()), places.public);
      const local = spawn(process.execPath, [fileURLToPath(new URL("testing/fake-internet.ts", import.meta.url))], {
        stdio: ["ignore", "pipe", "inherit"],
      });
      opened.defer(() => local.kill());
      await firstWords(local);
      opened.outside.kill("SIGSTOP"); // only the local one can answer
      opened.defer(() => opened.outside.kill("SIGCONT"));
      await writeFile(resolvConfFile, "search office.example\nnameserver 127.0.0.1\n");
      await log.said("Sandboxes ask the host's new nameservers");
      assert.equal(await resolveFrom(box, networks.resolvConf()), places.public);
      const next = await networks.take(timely);
      assert.equal(await resolveFrom(next, networks.resolvConf()), places.public);
      next.cutPublic();
      assert.equal(await resolveFrom(next, networks.resolvConf()), "ECONNREFUSED");
    });

    it("is cut off at once, open connections too, and still answers the host", async () => {
      const networks = await opened.open();
      const [box, other] = [await networks.take(timely), await networks.take(timely)];
      const child = await opened.startInside(
        box,
        `const { connect, createServer } = require("node:net");
      createServer((socket) => socket.end("inside")).listen(9000);
      const echo = connect(82, "${places.public}", () => echo.write("one"));
      echo.on("data", (data) => console.log(String(data)));
      echo.on("error", ({ code }) => console.log(code));
      process.stdin.on("data", (data) => echo.write(data));`,
      );
      box.cutPublic();
      const echoes: string[] = [];
      child.stdout?.on("data", (data) => echoes.push(String(data)));
      child.stdin?.write("two");
      assert.equal(await callFrom(box, places.public, 80), refused);
      assert.equal(await resolveFrom(box, networks.resolvConf()), "ECONNREFUSED");
      assert.equal(await askFromHost(box.address, 9000), "inside");
      assert.deepEqual(echoes, ["ECONNRESET\n"]);
      assert.equal(await callFrom(other, places.public, 80), places.host);
    });

    it("reaches the platform's API at its own address and port, cut off or not, and nothing beside it", async () => {
      const networks = await opened.open();
      const [box, cut] = [await networks.take(timely), await networks.take(timely)];
      cut.cutPublic();
      const { apiAddress } = networks;
      assert.equal(await callFrom(box, apiAddress, 80), refused, "nothing answers there yet");
      const api = await opened.serveOnLoopback("api");
      const other = await opened.serveOnLoopback("host service");
      await networks.openApi(api);
      const late = await networks.take(timely);
      for (const one of [box, cut, late]) {
        assert.equal(await callFrom(one, apiAddress, 80), `api for ${one.address}`, "which knows who asks");
        for (const port of [api, other, 53, 443, 4878]) {
          assert.equal(await callFrom(one, apiAddress, port), refused, `port ${port}`);
          assert.notEqual(await callFrom(one, "127.0.0.1", port), `host service for ${one.address}`);
        }
        assert.equal(await callFrom(one, gatewayOf(networks), 80), refused);
        assert.equal(await callFrom(one, places.host, api), refused);
      }
      assert.equal(await callFrom(cut, places.public, 80), refused);
    });

    it("has few connections to the API at a time, of which its neighbours notice nothing", async () => {
      const networks = await opened.open();
      const [box, neighbour] = [await networks.take(timely), await networks.take(timely)];
      await networks.openApi(await opened.serveOnLoopback("api", { isEnding: false }));
      const codes = await runInside(
        box,
        `const results = [];
      const done = (result) => { results.push(result); if (results.length === 50) { console.log(results.sort().join()); process.exit(); } };
      for (let i = 0; i < 50; i++) require("node:net").connect(80, "${networks.apiAddress}", () => done("connected")).on("error", ({ code }) => done(code));`,
      );
      assert.equal(codes, [...Array(18).fill(refused), ...Array(32).fill("connected")].join());
      assert.equal(await callFrom(neighbour, networks.apiAddress, 80), `api for ${neighbour.address}`);
    });

    it("counts the bytes that leave it, each box its own", async () => {
      const networks = await opened.open();
      const [box, other] = [await networks.take(timely), await networks.take(timely)];
      const size = 1_000_000;
      const said = await runInside(
        box,
        `const socket = require("node:net").connect(81, "${places.public}", () => socket.end(Buffer.alloc(${size})));
      socket.on("data", (data) => console.log(String(data)));`,
      );
      assert.equal(said, "taken");
      assert.ok(box.bytesOut() > size && box.bytesOut() < size * 1.1, `${box.bytesOut()} bytes`);
      assert.ok(other.bytesOut() < 1_000, `${other.bytesOut()} bytes of the other`);
      const counted = box.bytesOut();
      await box[Symbol.asyncDispose]();
      assert.equal(box.bytesOut(), counted, "still known when it is gone");
    });

    it("has a limit of open connections, of which its neighbours notice nothing", async () => {
      const networks = await opened.open({ connectionsPerBox: 20 });
      const [box, other] = [await networks.take(timely), await networks.take(timely)];
      const codes = await runInside(
        box,
        `const results = [];
      const done = (result) => { results.push(result); if (results.length === 30) { console.log(results.sort().join()); process.exit(); } };
      for (let i = 0; i < 30; i++) require("node:net").connect(82, "${places.public}", () => done("connected")).on("error", ({ code }) => done(code));`,
      );
      assert.equal(codes, [...Array(10).fill(refused), ...Array(20).fill("connected")].join());
      assert.equal(await callFrom(other, places.public, 80), places.host);
    });
  });
});
