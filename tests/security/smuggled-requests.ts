const host = "Host: site-abcd1234.localhost\r\n";
const smuggled = "GET /smuggled HTTP/1.1\r\nHost: site-abcd1234.localhost\r\n\r\n";

function post(fields: string, body: string): string {
  return `POST /first HTTP/1.1\r\n${host}${fields}\r\n${body}`;
}

const chunked = "Transfer-Encoding: chunked\r\n";

/** The published classes, beside those that every listener refuses. */
export const refusedRequests: readonly { readonly name: string; readonly request: string }[] = [
  { name: "CL.TE", request: post(`Content-Length: 6\r\n${chunked}`, `0\r\n\r\nG${smuggled}`) },
  { name: "TE.CL", request: post(`${chunked}Content-Length: 4\r\n`, `12\r\n${smuggled}\r\n0\r\n\r\n`) },
  ...[
    "Transfer-Encoding: chunk",
    'Transfer-Encoding: "chunked"',
    "Transfer-Encoding: chunked, chunked",
    "Transfer-Encoding:\t chunked \t",
    "Transfer-Encoding: chunked,",
    "Transfer-Encoding: ,chunked",
    "Transfer-Encoding: chunked;q=1",
    "Transfer-Encoding: x\r\nTransfer-Encoding: chunked",
    "Transfer-Encoding: chunked\r\nTransfer-Encoding: x",
    "Transfer-Encoding: identity, chunked",
    "Transfer-Encoding : chunked",
    "Transfer-Encoding\t: chunked",
    "Transfer-Encoding\r\n : chunked",
    "Transfer-Encoding:\r\n chunked",
    "X: X\nTransfer-Encoding: chunked",
    "X: X\rTransfer-Encoding: chunked",
    "Transfer-Encoding: chunked\u000b",
    "Transfer-Encoding: \u0000chunked",
    "Transfer-Encoding: \u00a0chunked",
    "Transfer\u0000-Encoding: chunked",
    "\u000bTransfer-Encoding: chunked",
  ].map((field) => ({
    name: `TE.TE, ${JSON.stringify(field)}`,
    request: post(`Content-Length: 4\r\n${field}\r\n`, `1\r\na\r\n0\r\n\r\n`),
  })),
  ...["3;a", "3 3", "3\u000b", "\u000b3", "1e1", "3.0", "0b11", "３"].map((length) => ({
    name: `length ${JSON.stringify(length)}`,
    request: post(`Content-Length: ${length}\r\n`, `abc${smuggled}`),
  })),
  { name: "a length and an empty one", request: post("Content-Length: 3\r\nContent-Length:\r\n", "abc") },
  { name: "0.CL by a folded length", request: post("X-A: b\r\n Content-Length: 57\r\n", smuggled) },
  { name: "0.CL by a length behind NUL", request: post("X-A: b\0\r\nContent-Length: 57\r\n", smuggled) },
  {
    name: "0.CL by an expectation of two",
    request: post("Expect: x, 100-continue\r\nContent-Length: 57\r\n", smuggled),
  },
  { name: "chunk extension ended by LF", request: post(chunked, `1;\na\r\n0\r\n\r\n${smuggled}`) },
  { name: "chunk extension with CR", request: post(chunked, `1;a\rb\r\na\r\n0\r\n\r\n${smuggled}`) },
  { name: "chunk data that goes on", request: post(chunked, `1\r\nabc\r\n0\r\n\r\n${smuggled}`) },
  { name: "last chunk ended by LF", request: post(chunked, `0\n\n${smuggled}`) },
  { name: "chunk size with underscores", request: post(chunked, `1_0\r\n${"a".repeat(16)}\r\n0\r\n\r\n`) },
  { name: "chunk size with a plus", request: post(chunked, `+1\r\na\r\n0\r\n\r\n`) },
  { name: "absolute form of another host", request: `GET http://other.localhost/ HTTP/1.1\r\n${host}\r\n` },
  { name: "version with a request in it", request: `GET /first HTTP/1.1 X: ${smuggled}` },
];

/** Bodies and headers that look like more than they are. `heard`: what the service gets, and nothing else. */
export const takenRequests: readonly {
  readonly name: string;
  readonly request: string;
  readonly heard: readonly string[];
}[] = [
  {
    name: "CL.0, a request as body of a POST",
    request: post(`Content-Length: ${smuggled.length}\r\n`, smuggled),
    heard: [`POST /first ${JSON.stringify(smuggled)}`],
  },
  {
    name: "CL.0, a request as body of a GET",
    request: `GET /first HTTP/1.1\r\n${host}Content-Length: ${smuggled.length}\r\n\r\n${smuggled}`,
    heard: [`GET /first ${JSON.stringify(smuggled)}`],
  },
  ...["Content-Length", "Transfer-Encoding", "Host", "x, Content-Length"].map((named) => ({
    name: `a length, and Connection names ${named}`,
    request: post(`Connection: ${named}\r\nContent-Length: ${smuggled.length}\r\n`, smuggled),
    heard: [`POST /first ${JSON.stringify(smuggled)}`],
  })),
  {
    name: "chunks, and Connection names Transfer-Encoding",
    request: post(`Connection: Transfer-Encoding\r\n${chunked}`, `3\r\nabc\r\n0\r\n\r\n`),
    heard: [`POST /first ${JSON.stringify("3\r\nabc\r\n0\r\n\r\n")}`],
  },
  {
    name: "chunk extensions, which stay here, and trailers",
    request: post(chunked, `3;a="b;c"\r\nabc\r\n0\r\nX-A: b\r\n\r\n`),
    heard: [`POST /first ${JSON.stringify("3\r\nabc\r\n0\r\nX-A: b\r\n\r\n")}`],
  },
  {
    name: "a request as body that was waited for",
    request: post(`Expect: 100-continue\r\nContent-Length: ${smuggled.length}\r\n`, smuggled),
    heard: [`POST /first ${JSON.stringify(smuggled)}`],
  },
  {
    name: "two that were sent ahead",
    request: post("Content-Length: 3\r\n", "abc") + `GET /second HTTP/1.1\r\n${host}\r\n`,
    heard: [`POST /first "abc"`, `GET /second ""`],
  },
];
