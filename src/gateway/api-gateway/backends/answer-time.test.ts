import assert from "node:assert/strict";
import { once } from "node:events";
import http from "node:http";
import { describe, it } from "node:test";
import { askService as ask } from "../../testing/ask-service.ts";
import {
  fakeServices,
  httpFunction,
  publishedApi,
  publishedService,
  serviceHost,
} from "../../testing/published-service.ts";
import { idleCall, startGateway, type FakeFunction } from "../../testing/started-gateway.ts";

/** An API `a` of an HTTP function, and an upload to it of which the function has the first piece when the API's time is over. */
async function startUpload(run: (onPiece: () => void) => FakeFunction) {
  const parts = new AsyncDisposableStack();
  const { promise: hasPiece, resolve: onPiece } = Promise.withResolvers<void>();
  const ofFunction = { backend: httpFunction, timeoutS: 0.1 };
  const answering = run(onPiece);
  const started = parts.use(
    await startGateway({
      apiGatewaySource: fakeServices(
        publishedService([publishedApi("a", ofFunction), publishedApi("silent", ofFunction)]),
      ),
      run: (invocation, receiver) => (invocation.path === "/silent" ? idleCall : answering(invocation, receiver)),
    }),
  );
  const at = { host: "127.0.0.1", port: started.port, path: "/release/a", headers: { host: serviceHost } };
  const request = http.request({ ...at, method: "POST", agent: false, signal: AbortSignal.timeout(20_000) });
  const answered = once(request, "response").then(([answer]: http.IncomingMessage[]) => answer?.resume().statusCode);
  request.write("first");
  await hasPiece;
  assert.equal((await ask(started.port, "/release/silent")).status, 504); // began after the upload, and its time is over
  return { request, answered, [Symbol.asyncDispose]: () => parts.disposeAsync() };
}

describe("the time of an API of an HTTP function", () => {
  it("is not that of a client which is slow to send its body", async () => {
    await using upload = await startUpload((onPiece) => (_invocation, receiver) => ({
      ...idleCall,
      write() {
        onPiece();
        return true;
      },
      end() {
        receiver.onHead(200, [], Buffer.from("all"));
        receiver.onEnd(null);
      },
    }));
    upload.request.end("last");
    assert.equal(await upload.answered, 200);
  });

  for (const [what, goOn] of [
    ["takes no more of the body", (request: http.ClientRequest) => void request.write("second")],
    ["does not answer the whole of it", (request: http.ClientRequest) => void request.end()],
  ] as const) {
    it(`is that of a function which ${what}`, async () => {
      let pieces = 0;
      let canceled = 0;
      await using upload = await startUpload((onPiece) => () => ({
        ...idleCall,
        write() {
          onPiece();
          return ++pieces === 1;
        },
        cancel: () => void canceled++,
      }));
      goOn(upload.request);
      assert.deepEqual([await upload.answered, canceled], [504, 1]);
      upload.request.destroy();
    });
  }
});
