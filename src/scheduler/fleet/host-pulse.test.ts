import assert from "node:assert/strict";
import { once } from "node:events";
import net from "node:net";
import { describe, it, type TestContext } from "node:test";
import { PlatformError, systemClock, type Host } from "../../core/index.ts";
import { silentLogger } from "../testing/fakes.ts";
import { HostClient, HostOutOfReach } from "./host-client.ts";
import { HostPulse } from "./host-pulse.ts";

const other: Host = {
  id: "other",
  roles: ["data"],
  internalUrl: "http://other:1",
  publicUrl: "http://other:2",
  capacity: 1,
  version: "1",
  startedAt: 1,
};

/** A pulse in which seconds pass when a test says so, and one other host, which answers while `state.ping` says so. */
function openPulse(test: TestContext) {
  test.mock.timers.enable({ apis: ["setInterval"] });
  const state = { pings: 0, isBusy: true, isSilent: false, hosts: [other], lost: 0, abandoned: 0 };
  const answers = { ping: (): Promise<void> => Promise.resolve() };
  const fleet = {
    get busy() {
      return state.isBusy ? [other] : [];
    },
    get hosts() {
      return state.hosts;
    },
    setSilent: (_host: unknown, isSilent: boolean) => void (state.isSilent = isSilent),
  };
  const client = {
    askedHosts: [],
    ping: () => {
      state.pings++;
      return answers.ping();
    },
    abandon: () => void state.abandoned++,
  };
  const pulse = new HostPulse({ fleet, client, logger: silentLogger });
  test.after(() => pulse[Symbol.asyncDispose]());
  pulse.onLost(() => void state.lost++);
  const seconds = async (count: number): Promise<void> => {
    for (let n = 0; n < count; n++) {
      test.mock.timers.tick(1_000);
      await new Promise(setImmediate);
    }
  };
  return { state, answers, seconds };
}

describe("signs of life of other hosts", () => {
  it("are asked for while somebody waits, and one that gives them is left alone", async (test) => {
    const { state, seconds } = openPulse(test);
    await seconds(20);
    assert.partialDeepStrictEqual(state, { pings: 20, isSilent: false, lost: 0 });
    state.isBusy = false;
    await seconds(20);
    assert.equal(state.pings, 20);
  });

  it("that do not come have calls go to others after three seconds, and those under way fail after eight", async (test) => {
    const { state, answers, seconds } = openPulse(test);
    const { promise, resolve } = Promise.withResolvers<void>();
    answers.ping = () => promise;
    await seconds(3); // asked in the first of them
    assert.equal(state.isSilent, false);
    await seconds(1);
    assert.equal(state.isSilent, true);
    await seconds(4);
    assert.deepEqual([state.lost, state.abandoned], [0, 0]);
    await seconds(1);
    assert.deepEqual([state.lost, state.abandoned, state.pings], [1, 1, 1]);
    state.isBusy = false; // nobody is left to wait for it: calls go elsewhere until it answers
    await seconds(5);
    assert.equal(state.isSilent, true);
    answers.ping = () => Promise.resolve();
    resolve();
    await seconds(1);
    assert.equal(state.isSilent, false);
  });

  it("do not come from a host without power either, and a process that is gone is no hanging one", async (test) => {
    const { state, answers, seconds } = openPulse(test);
    answers.ping = () => Promise.reject(new HostOutOfReach("refused"));
    await seconds(20);
    assert.partialDeepStrictEqual(state, { isSilent: false, lost: 0 });
    answers.ping = () => Promise.reject(new HostOutOfReach("no connection", { isLate: true }));
    await seconds(9);
    assert.partialDeepStrictEqual(state, { isSilent: true, lost: 1 });
    state.hosts = [];
    state.isBusy = false;
    await seconds(1);
    assert.equal(state.isSilent, false, "forgotten with the host");
  });

  it("are missed by what was asked of the host", async (test) => {
    const server = net
      .createServer((socket) => void socket.on("error", () => undefined).resume())
      .listen(0, "127.0.0.1");
    await once(server, "listening");
    const connected = once(server, "connection");
    const { port } = server.address() as net.AddressInfo; // of a TCP server that listens
    using client = new HostClient(Buffer.from("key"), systemClock);
    const host = { ...other, internalUrl: `http://127.0.0.1:${port}` };
    const options = { signal: new AbortController().signal };
    const asked = client.ask(host, "invoke", "{}", options);
    const [socket] = (await connected) as [net.Socket]; // event signature of net
    test.after(() => {
      socket.destroy();
      server.close();
    });
    assert.deepEqual(client.askedHosts, [host]);
    client.abandon({ id: "third" }, new Error("it is another"));
    client.abandon(host, new Error("it has answered nothing for 8 s"));
    await assert.rejects(asked, (error) => {
      assert.ok(error instanceof PlatformError);
      assert.equal(error.code, "InstanceCrashed");
      return /other\) was lost: it has answered nothing for 8 s/.test(error.message);
    });
    assert.deepEqual(client.askedHosts, []);
  });
});
