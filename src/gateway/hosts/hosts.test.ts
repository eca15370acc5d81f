import assert from "node:assert/strict";
import { once } from "node:events";
import net from "node:net";
import { describe, it } from "node:test";
import { hostHeaders, systemClock, type Host } from "../../core/index.ts";
import { HostClient } from "../../scheduler/index.ts";
import { fleetOf, host, Turns } from "../testing/host-turns.ts";
import {
  idleCall,
  startGateway,
  tokenKey,
  type FakeFunction,
  type StartedGateway,
} from "../testing/started-gateway.ts";
import { apiOperations, RemoteApi } from "./remote-api.ts";

async function startHost(
  options: Parameters<typeof startGateway>[0] = {},
): Promise<{ started: StartedGateway; self: Host }> {
  const started = await startGateway({ fleet: fleetOf(new Turns()), ...options });
  const door = await started.gateway.listenForHosts();
  return { started, self: host("other", door?.url) };
}

/** Answers at the end of the body with its length. */
const countBytes: FakeFunction = ({ body }, receiver) => {
  let bytes = body?.length ?? 0;
  const write = (chunk: Buffer): boolean => {
    bytes += chunk.length;
    return true;
  };
  const end = (): void => {
    receiver.onHead(200, [], Buffer.from(`${bytes}`));
    receiver.onEnd(null);
  };
  return { ...idleCall, write, end };
};

describe("requests between hosts", () => {
  it("reach the function as they came, and its answer the client", async () => {
    const { started: other, self } = await startHost();
    await using _ = other;
    const places = new Turns();
    places.turns = [self];
    await using first = await startGateway({ fleet: fleetOf(places), run: () => assert.fail("it is the other's") });
    const answer = await fetch(`${first.url}/~default/hello/a%2Fb?q`, {
      method: "PUT",
      body: "text",
      headers: { "x-own": "1", [hostHeaders.target]: "default/other/$LATEST", [hostHeaders.requestId]: "mine" },
    });
    assert.equal(answer.status, 200);
    const seen = (await answer.json()) as { method: string; path: string; headers: string[] };
    const header = (name: string): string | undefined => seen.headers[seen.headers.indexOf(name) + 1];
    assert.deepEqual([seen.method, seen.path, header("x-own")], ["PUT", "/a%2Fb?q", "1"]);
    assert.equal(header("x-scf-request-id"), answer.headers.get("x-scf-request-id"));
    assert.equal(header("x-forwarded-for"), "127.0.0.1");
    assert.equal(header("x-forwarded-host"), `127.0.0.1:${first.port}`);
    assert.equal(header("x-forwarded-prefix"), "/~default/hello");
    assert.deepEqual(
      seen.headers.filter((name) => name.startsWith("x-gust")),
      [],
    );
    assert.deepEqual(places.running, []);
    assert.equal(first.gateway.stats().requests.function, 1);
    assert.equal(other.gateway.stats().requests.function, 0, "the first gateway counts it");
  });

  it("bring the other's failures, with their code", async () => {
    const { started: other, self } = await startHost();
    await using _ = other;
    const places = new Turns();
    places.turns = [self];
    await using first = await startGateway({ fleet: fleetOf(places) });
    const unknown = await fetch(`${first.url}/~default/site/`);
    assert.equal(unknown.status, 502, await unknown.text());
    assert.equal(unknown.headers.get("x-scf-status"), "446");
  });

  it("go on elsewhere, body and all, when a host takes no connection", async () => {
    const { started: other, self } = await startHost();
    await using _ = other;
    for (const last of [self, host("self")]) {
      for (const body of ["text", "y".repeat(20_000)]) {
        const places = new Turns();
        places.turns = [host("dead"), host("gone"), last];
        await using first = await startGateway({ fleet: fleetOf(places) });
        const answer = await fetch(`${first.url}/~default/hello/`, { method: "POST", body });
        assert.equal(answer.status, 200, await answer.text());
        assert.deepEqual(places.suspected, ["dead", "gone"]);
        assert.deepEqual(places.running, []);
      }
    }
  });

  it("go on elsewhere when a host takes no connection, also with a body that is read once", async () => {
    const { started: other, self } = await startHost({ run: countBytes });
    await using _ = other;
    const body = "z".repeat(300_000);
    for (const last of [self, host("self")]) {
      for (const duplex of [null, "half"] as const) {
        const places = new Turns();
        places.turns = [host("dead"), last];
        await using first = await startGateway({ fleet: fleetOf(places), run: countBytes });
        const given = duplex === null ? { body } : { body: new Blob([body]).stream(), duplex };
        const answer = await fetch(`${first.url}/~default/hello/`, { method: "POST", ...given });
        assert.equal(await answer.text(), `${body.length}`);
        assert.deepEqual([places.suspected, places.running], [["dead"], []]);
      }
    }
  });

  it("are none where the call is to stay, which has no place then", async () => {
    const places = new Turns();
    places.turns = [host("dead")];
    places.isBusy = true;
    await using first = await startGateway({ fleet: fleetOf(places) });
    assert.equal((await fetch(`${first.url}/~default/hello/`)).status, 200);
    assert.deepEqual([places.running, places.suspected], [[], []]);
  });

  it("end with a sentence when their host hangs", async () => {
    const { promise: heard, resolve: onHeard } = Promise.withResolvers<void>();
    const sockets = new Set<net.Socket>();
    const hanging = net.createServer((socket) => {
      sockets.add(socket.on("error", () => undefined).once("data", () => onHeard()));
    });
    hanging.listen(0, "127.0.0.1");
    await once(hanging, "listening");
    const { port } = hanging.address() as net.AddressInfo; // of a TCP server that listens
    const places = new Turns();
    const hung = host("hung", `http://127.0.0.1:${port}`);
    places.turns = [hung];
    let lose: (lost: Host, reason: Error) => void = () => assert.fail("nobody listens");
    const fleet = { ...fleetOf(places), onLost: (listener: typeof lose) => void (lose = listener) };
    await using first = await startGateway({ fleet });
    const asked = fetch(`${first.url}/~default/hello/`);
    await heard;
    lose({ ...hung, startedAt: 2 }, new Error("it is another process"));
    lose(hung, new Error("it has answered nothing for 8 s"));
    const answer = await asked;
    assert.deepEqual([answer.status, answer.headers.get("x-scf-status")], [502, "405"]);
    assert.match(await answer.text(), /host that ran .* it has answered nothing for 8 s\. Whether it ran is not known/);
    assert.deepEqual([places.running, places.suspected, sockets.size], [[], [], 1]);
    hanging.close();
    for (const socket of sockets) socket.destroy();
  });

  it("are taken from nobody without a pass of this installation, and for the request that it names alone", async () => {
    const { started: other, self } = await startHost();
    await using _ = other;
    const ask = async (url: string, headers: Record<string, string>): Promise<number> =>
      (await fetch(`${self.internalUrl}${url}`, { headers })).status;
    assert.equal(await ask("/~default/hello/", {}), 403);
    assert.equal(await ask("/", { [hostHeaders.target]: "default/hello/$DEFAULT", [hostHeaders.pass]: "1.a" }), 403);
    using client = new HostClient(Buffer.from("another key"), systemClock);
    await assert.rejects(client.ask(self, "api", "", { signal: AbortSignal.timeout(5_000) }), /403/);
  });

  it("of the API are answered by a process that has it, also when the likeliest is gone; a sentence says when none has", async () => {
    const seen: string[] = [];
    const { started: control, self } = await startHost({
      fleet: fleetOf(
        new Turns(),
        apiOperations({
          call: async ({ action, fields }) => {
            seen.push(action, fields.kind === "json" ? fields.body.toString() : JSON.stringify([...fields.pairs]));
            return `{"answered":"${action}"}`;
          },
          download: async (token) => (token === "good" ? { name: "a.zip", body: Buffer.from("PK\n\0") } : null),
        }),
      ),
    });
    await using _ = control;
    using client = new HostClient(tokenKey, systemClock);
    let controls = [host("dead"), self];
    const suspected: string[] = [];
    const api = new RemoteApi({
      controls: () => controls,
      suspect: ({ id }) => suspected.push(id),
      client,
      unanswered: (message) => message,
    });
    const call = {
      requestId: "r" as never,
      action: "ListFunctions",
      version: "",
      region: "",
      language: "",
      origin: "",
      trace: { traceparent: "", parentId: "", state: "" },
      caller: { kind: "refused", problem: { code: "", message: "" } },
    } as const;
    const options = { signal: AbortSignal.timeout(5_000) };
    const body = Buffer.from('{"a":1}');
    assert.equal(await api.call({ ...call, fields: { kind: "json", body } }, options), '{"answered":"ListFunctions"}');
    await api.call({ ...call, fields: { kind: "flat", pairs: new Map([["A", "1"]]) } }, options);
    assert.deepEqual(seen, ["ListFunctions", '{"a":1}', "ListFunctions", '[["A","1"]]']);
    assert.deepEqual(await api.download("good"), { name: "a.zip", body: Buffer.from("PK\n\0") });
    assert.equal(await api.download("bad"), null);
    controls = [host("dead")];
    assert.match(
      await api.call({ ...call, fields: { kind: "json", body } }, options),
      /no process with the role control/,
    );
    assert.ok(suspected.every((id) => id === "dead"));
  });
});

describe("a gateway whose process has one role", () => {
  it("says where functions answer, and goes on with all else", async () => {
    await using started = await startGateway({ functionsAt: () => ["http://one", "http://two"] });
    const elsewhere = [`${started.url}/~default/hello/`, `${started.url}/what`];
    for (const url of elsewhere) {
      const answer = await fetch(url);
      assert.equal(answer.status, 421);
      assert.match(await answer.text(), /role data, at http:\/\/one, http:\/\/two/);
    }
    assert.equal((await fetch(`${started.url}/healthz`)).status, 200);
    assert.equal(
      (await fetch(started.url, { method: "POST", body: "{}", headers: { "x-tc-action": "A" } })).status,
      200,
    );
  });

  it("is ready without the database where warm functions are what is asked of it", async () => {
    for (const [isReadyAlone, status] of [
      [true, 200],
      [false, 503],
    ] as const) {
      await using started = await startGateway({ isReadyAlone });
      started.isReady = false;
      assert.equal((await fetch(`${started.url}/readyz`)).status, status);
    }
  });
});
