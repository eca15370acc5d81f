import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { open } from "node:fs/promises";
import { describe, it } from "node:test";
import { fileURLToPath } from "node:url";
import { createBoxNetworks } from "./box-networks.ts";
import { removeLeftovers } from "./host/leftovers.ts";
import { callFrom, firstWords, onFakeHost, onHost, places, resolveFrom } from "./testing/fake-host.ts";
import { askFromHost, listInterfaces, Log, OpenedNetworks, others, ours, timely } from "./testing/opened-networks.ts";

onFakeHost(import.meta.filename, () => {
  describe("networks", () => {
    const opened = new OpenedNetworks();

    it("turn forwarding on and say so, once", async () => {
      await onHost("sysctl -qw net.ipv4.ip_forward=0");
      const sentence = "IPv4 forwarding of this host is on now, and stays on";
      const [first, second] = [new Log(), new Log()];
      await opened.open({ logger: first });
      assert.ok(first.lines.includes(sentence));
      await opened.open({ installation: others, logger: second });
      assert.ok(!second.lines.includes(sentence));
    });

    it("give the host no address: browsers on it break off what they fetch when one comes or goes", async () => {
      const before = await onHost("ip -o address");
      const networks = await opened.open();
      const box = await networks.take(timely);
      await opened.serveInside(box);
      assert.equal(await askFromHost(box.address, 9000), "inside");
      assert.equal(await onHost("ip -o address"), before);
    });

    it("never give a namespace, its path or an address twice", async () => {
      const networks = await opened.open({ poolSize: 3 });
      const seen = new Set<string>();
      for (let count = 0; count < 20; count++) {
        const box = await networks.take(timely);
        const namespace = await open(box.namespacePath); // held, so that the kernel gives its number to no other
        opened.defer(() => namespace.close());
        seen
          .add(box.address)
          .add(box.namespacePath)
          .add(String((await namespace.stat()).ino));
        await box[Symbol.asyncDispose]();
        await box[Symbol.asyncDispose]();
        await assert.rejects(open(box.namespacePath), { code: "ENOENT" });
      }
      assert.equal(seen.size, 60);
    });

    it("come one to each of those that wait, and none to one that gave up", async () => {
      const networks = await opened.open({ poolSize: 1 });
      const controller = new AbortController();
      const takes = Array.from({ length: 12 }, (_, index) =>
        networks.take({ signal: index === 5 ? controller.signal : timely.signal }),
      );
      const outcomes = Promise.allSettled(takes);
      controller.abort(new Error("gave up"));
      const settled = await outcomes;
      assert.equal(settled[5]?.status, "rejected");
      const taken = settled.filter((outcome) => outcome.status === "fulfilled").map(({ value }) => value.address);
      assert.equal(new Set(taken).size, 11);
      await assert.rejects(networks.take({ signal: AbortSignal.abort(new Error("gave up")) }), /gave up/);
    });

    it("go on after their helper was killed; boxes in use keep theirs", async () => {
      const log = new Log();
      const networks = await opened.open({ logger: log });
      const box = await networks.take(timely);
      const child = await opened.startInside(box, `console.log("up"); setInterval(() => {}, 1000)`);
      process.kill(Number(/\/proc\/(\d+)\//.exec(box.namespacePath)?.[1]), "SIGKILL");
      await log.said("The helper that makes networks has ended; the next box starts another");
      const next = await networks.take(timely);
      assert.equal(await callFrom(next, places.public, 80), places.host);
      await onHost(`nsenter --net=/proc/${child.pid}/ns/net ping -c 1 127.0.0.1 >/dev/null 2>&1 || true`);
      assert.match(await onHost(`nsenter --net=/proc/${child.pid}/ns/net ip address`), new RegExp(box.address));
    });

    it("say when no address is free", async () => {
      const networks = await opened.open({ poolSize: 1, range: "10.200.0.0/28" });
      const outcomes = await Promise.allSettled(Array.from({ length: 9 }, () => networks.take(timely)));
      assert.equal(outcomes.filter(({ status }) => status === "fulfilled").length, 7);
      const reasons = outcomes.filter((outcome) => outcome.status === "rejected").map(({ reason }) => String(reason));
      assert.match(reasons[0] ?? "", /No address is free for another sandbox/);
    });

    it("avoid the routes of the host, and refuse a given range that meets one", async () => {
      await onHost("ip route add 100.64.0.0/11 via 203.0.113.2; ip route add 10.200.3.0/24 via 203.0.113.2");
      opened.defer(() => onHost("ip route del 100.64.0.0/11; ip route del 10.200.3.0/24"));
      const log = new Log();
      const networks = await opened.open({ logger: log, installation: "0000000100" });
      const box = await networks.take(timely);
      assert.match(box.address, /^100\.(9[6-9]|1[01]\d|12[0-7])\./);
      assert.ok(log.lines.includes("Address ranges in use on this host were passed over"));
      await assert.rejects(
        opened.open({ installation: others, range: "10.200.0.0/16" }),
        /10\.200\.0\.0\/16 \(10\.200\.3\.0\/24 → wan\)/,
      );
    });

    it("of two installations that start together differ in their ranges", async () => {
      const [one, two] = await Promise.all([
        opened.open({ installation: "0000000100" }),
        opened.open({ installation: "0000004100" }), // the same first candidate
      ]);
      const addresses = [(await one.take(timely)).address, (await two.take(timely)).address];
      const prefixes = addresses.map((address) => address.split(".").slice(0, 2).join("."));
      assert.notEqual(prefixes[0], prefixes[1]);
    });

    it("leave everything of another installation alone", async () => {
      const theirs = await opened.open({ installation: others });
      const box = await theirs.take(timely);
      {
        await using mine = await createBoxNetworks({ installation: ours, poolSize: 2, logger: new Log() });
        await mine.take(timely);
      }
      assert.equal(await callFrom(box, places.public, 80), places.host);
      assert.equal(await resolveFrom(box, theirs.resolvConf()), places.public);
    });

    it("leave nothing after kill -9 once the leftovers are removed", async () => {
      const theirs = await opened.open({ installation: others, poolSize: 1 });
      const box = await theirs.take(timely);
      const owner = spawn(
        process.execPath,
        [fileURLToPath(new URL("testing/networks-owner.ts", import.meta.url)), ours],
        {
          stdio: ["ignore", "pipe", "inherit"],
        },
      );
      opened.defer(() => owner.kill("SIGKILL"));
      const namespace = await firstWords(owner);
      const survivor = spawn("nsenter", [`--net=${namespace}`, "sh", "-c", "echo up; exec sleep 60"], {
        stdio: ["ignore", "pipe", "inherit"],
      });
      opened.defer(() => survivor.kill());
      await firstWords(survivor); // keeps its namespace alive
      owner.kill("SIGKILL");
      await once(owner, "exit");
      assert.ok((await listInterfaces()).some((name) => name.startsWith("g0a1b2c3d-")));
      await removeLeftovers(ours);
      assert.deepEqual(
        (await listInterfaces()).filter((name) => name.startsWith("g0a1b2c3d-")),
        [],
      );
      assert.equal(await onHost("nft list tables"), "table inet gust_fedcba98\n");
      assert.equal((await onHost("ip route show type unreachable")).trim().split("\n").length, 1);
      assert.equal(await callFrom(box, places.public, 80), places.host);
    });

    it("name the tables of others that keep boxes from the outside", async () => {
      await onHost(
        "nft add table ip filter; nft add chain ip filter FORWARD '{ type filter hook forward priority 0; policy drop; }'",
      );
      opened.defer(() => onHost("nft delete table ip filter"));
      const networks = await opened.open();
      assert.match(networks.warnings.join(), /The table "ip filter" of this host drops forwarded packets/);
      assert.doesNotMatch(networks.warnings.join(), /incoming/);
      await onHost(
        "nft add table inet firewalld; nft add chain inet firewalld IN '{ type filter hook input priority 10; policy drop; }'",
      );
      opened.defer(() => onHost("nft delete table inet firewalld"));
      const second = await opened.open({ installation: others });
      assert.match(
        second.warnings.join(),
        /The table "inet firewalld" of this host drops incoming packets: .*platform's API/,
      );
    });

    it("come and go by the hundred and leave nothing", async () => {
      const networks = await opened.open({ poolSize: 8 });
      const boxes = await Promise.all(Array.from({ length: 100 }, () => networks.take(timely)));
      assert.equal((await listInterfaces()).length >= 100, true);
      await Promise.all(boxes.map((box) => box[Symbol.asyncDispose]()));
    });

    it("refuse settings that cannot be, by name", async () => {
      const options = { installation: "0a1b2c3d", logger: new Log(), poolSize: 1 };
      const wrong = [
        [{ range: "10.0.0.0/8" }, /GUST_BOX_RANGE: "10\.0\.0\.0\/8" is no range/],
        [{ range: "169.254.0.0/16" }, /GUST_BOX_RANGE: 169\.254\.0\.0\/16 touches 169\.254\.0\.0\/16/],
        [{ allowedNetworks: ["169.254.169.254"] }, /GUST_BOX_ALLOW: 169\.254\.169\.254 is part of 169\.254\.0\.0\/16/],
        [{ allowedNetworks: ["example.com"] }, /GUST_BOX_ALLOW: "example\.com" is no network/],
        [{ resolvers: ["::1"] }, /GUST_BOX_RESOLVERS: "::1" is no IPv4 address/],
        [{ resolvers: ["1.1.1.1", "1.1.1.2", "1.1.1.3", "1.1.1.4"] }, /3 nameservers at most/],
      ] as const;
      for (const [setting, sentence] of wrong) {
        await assert.rejects(createBoxNetworks({ ...options, ...setting }), sentence);
      }
      await assert.rejects(
        createBoxNetworks({ ...options, installation: "main" }),
        /8 hexadecimal digits, unlike "main"/,
      );
    });
  });
});
