import { createSocket } from "node:dgram";
import { once } from "node:events";
import { createServer, type Socket } from "node:net";
import os from "node:os";

/**
 * A process in a network namespace of its own that is everything outside: on port 80 of each of its addresses it says who is calling and
 * others take, echo, or count datagrams; on port 53 it is a nameserver that knows one address for every name.
 */
const address = [198, 51, 100, 7];
let datagrams = 0;

function answerQuery(query: Buffer): Buffer {
  const questionEnd = query.indexOf(0, 12) + 5;
  const head = Buffer.from([...query.subarray(0, 2), 0x81, 0x80, 0, 1, 0, 1, 0, 0, 0, 0]);
  const answer = Buffer.from([0xc0, 12, 0, 1, 0, 1, 0, 0, 0, 60, 0, 4, ...address]);
  return Buffer.concat([head, query.subarray(12, questionEnd), answer]);
}

function ignoreErrors(socket: Socket): Socket {
  return socket.on("error", () => undefined); // clients come and go
}

createServer((socket) => ignoreErrors(socket).end(`${socket.remoteAddress}\n`)).listen(80, "0.0.0.0");
createServer((socket) =>
  ignoreErrors(socket)
    .resume()
    .on("end", () => socket.end("taken\n")),
).listen(81, "0.0.0.0");
createServer((socket) => ignoreErrors(socket).pipe(socket)).listen(82, "0.0.0.0");
createServer((socket) => ignoreErrors(socket).end(`${datagrams}\n`)).listen(83, "0.0.0.0");
createServer((socket) => {
  ignoreErrors(socket).on("data", (data: Buffer) => {
    const answer = answerQuery(data.subarray(2));
    socket.end(Buffer.concat([Buffer.from([answer.length >> 8, answer.length & 0xff]), answer]));
  });
}).listen(53, "0.0.0.0");

// One socket for each address, so that answers come from the one that was asked.
const own = Object.values(os.networkInterfaces()).flatMap((addresses) => addresses ?? []);
for (const host of new Set(own.filter(({ family }) => family === "IPv4").map((it) => it.address))) {
  const nameserver = createSocket("udp4");
  nameserver.on("message", (query, from) => {
    datagrams += 1;
    nameserver.send(answerQuery(query), from.port, from.address);
  });
  nameserver.bind(53, host);
  await once(nameserver, "listening");
}
process.stdout.write("listening\n");
