import assert from "node:assert/strict";
import http from "node:http";
import { it } from "node:test";
import { clientOf, deploy } from "../deployed-function.ts";
import { startServer } from "../running-server.ts";

const megabyte = 1_048_576;
const atATime = 32;
const rounds = 12;
/** 113 to 126 were measured, and 154 to 169 without the bound on what is on its way; with 176, 48 of them the interpreter's, the function is ended. */
const mostMb = 142;

it(`a function of 128 MB gives ${atATime} answers of 1 MB at a time, with room to spare`, async () => {
  await using server = await startServer({ environment: { GUST_SANDBOX: "process" } });
  const code = `const body = new Uint8Array(${megabyte}); export const answer = () => new Response(body);`;
  const settings = { Type: "HTTP", Handler: "index.answer", MemorySize: 128 };
  const concurrency = { InstanceConcurrencyConfig: { DynamicEnabled: "FALSE", MaxConcurrency: 100 } };
  const { name, host } = await deploy(server, "large", { "index.mjs": code }, { ...settings, ...concurrency });
  const agent = new http.Agent({ keepAlive: true });
  const bytesOfAnswer = async (): Promise<number> => {
    const { promise, resolve, reject } = Promise.withResolvers<http.IncomingMessage>();
    http.get({ host: "127.0.0.1", port: server.port, headers: { host }, agent }, resolve).on("error", reject);
    const answer = await promise;
    assert.equal(answer.statusCode, 200);
    let bytes = 0;
    for await (const piece of answer) bytes += piece.length;
    return bytes;
  };
  const caller = async (): Promise<void> => {
    for (let round = 0; round < rounds; round++) assert.equal(await bytesOfAnswer(), megabyte);
  };
  await Promise.all(Array.from({ length: atATime }, caller));
  agent.destroy();
  const { Data: records } = await clientOf(server).call("GetFunctionLogs", { FunctionName: name, Limit: 1_000 });
  const usedMb = (records as { MemUsage: number }[]).map(({ MemUsage }) => MemUsage / megabyte); // wire type of GetFunctionLogs
  assert.equal(usedMb.length, atATime * rounds);
  assert.ok(Math.max(...usedMb) < mostMb, `${Math.max(...usedMb)} MB`);
});
