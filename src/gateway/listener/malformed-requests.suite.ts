const host = "Host: hello-abcd1234.localhost\r\n";

function get(headers: string): string {
  return `GET / HTTP/1.1\r\n${host}${headers}\r\n`;
}

function chunked(body: string): string {
  return `POST / HTTP/1.1\r\n${host}Transfer-Encoding: chunked\r\n\r\n${body}`;
}

function post(headers: string, body: string): string {
  return `POST / HTTP/1.1\r\n${host}${headers}\r\n${body}`;
}

/** Requests that two readers could understand differently, or that no reader should take. */
export const malformedRequests: readonly { name: string; request: string; status: number }[] = [
  {
    name: "length and chunked",
    request: post("Content-Length: 3\r\nTransfer-Encoding: chunked\r\n", "0\r\n\r\n"),
    status: 400,
  },
  {
    name: "chunked and length",
    request: post("Transfer-Encoding: chunked\r\nContent-Length: 3\r\n", "0\r\n\r\n"),
    status: 400,
  },
  { name: "two equal lengths", request: post("Content-Length: 3\r\nContent-Length: 3\r\n", "abc"), status: 400 },
  { name: "two different lengths", request: post("Content-Length: 3\r\nContent-Length: 4\r\n", "abc"), status: 400 },
  { name: "list of lengths", request: post("Content-Length: 3, 3\r\n", "abc"), status: 400 },
  { name: "length with a sign", request: post("Content-Length: +3\r\n", "abc"), status: 400 },
  { name: "negative length", request: post("Content-Length: -3\r\n", "abc"), status: 400 },
  { name: "empty length", request: post("Content-Length:\r\n", "abc"), status: 400 },
  { name: "hexadecimal length", request: post("Content-Length: 0x3\r\n", "abc"), status: 400 },
  { name: "length beyond 64 bits", request: post("Content-Length: 99999999999999999999\r\n", "abc"), status: 400 },
  { name: "length beyond safe integers", request: post("Content-Length: 9999999999999999999\r\n", "abc"), status: 400 },
  { name: "transfer encoding gzip", request: post("Transfer-Encoding: gzip\r\n", "0\r\n\r\n"), status: 501 },
  {
    name: "transfer encoding gzip, chunked",
    request: post("Transfer-Encoding: gzip, chunked\r\n", "0\r\n\r\n"),
    status: 501,
  },
  { name: "transfer encoding identity", request: post("Transfer-Encoding: identity\r\n", "0\r\n\r\n"), status: 501 },
  {
    name: "transfer encoding chunked, identity",
    request: post("Transfer-Encoding: chunked, identity\r\n", "0\r\n\r\n"),
    status: 400,
  },
  {
    name: "transfer encoding twice",
    request: post("Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n", "0\r\n\r\n"),
    status: 400,
  },
  { name: "transfer encoding xchunked", request: post("Transfer-Encoding: xchunked\r\n", "0\r\n\r\n"), status: 501 },
  {
    name: "transfer encoding with vertical tab",
    request: post("Transfer-Encoding: \u000bchunked\r\n", "0\r\n\r\n"),
    status: 400,
  },
  {
    name: "chunked in HTTP/1.0",
    request: `POST / HTTP/1.0\r\n${host}Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n`,
    status: 400,
  },
  { name: "folded header", request: get("X-A: b\r\n c\r\n"), status: 400 },
  { name: "folded header with tab", request: get("X-A: b\r\n\tc\r\n"), status: 400 },
  { name: "folded empty header", request: get("X-A:\r\n c\r\n"), status: 400 },
  { name: "space before the first header", request: `GET / HTTP/1.1\r\n ${host}\r\n`, status: 400 },
  { name: "bare LF after the request line", request: `GET / HTTP/1.1\n${host}\r\n`, status: 505 },
  { name: "bare LF after a header", request: get("X-A: b\nX-B: c\r\n"), status: 400 },
  { name: "bare LF as end of head", request: `GET / HTTP/1.1\r\n${host}\n`, status: 400 },
  { name: "bare CR in a header", request: get("X-A: b\rX-B: c\r\n"), status: 400 },
  { name: "space before the colon", request: get("X-A : b\r\n"), status: 400 },
  { name: "space before the colon of Content-Length", request: post("Content-Length : 3\r\n", "abc"), status: 400 },
  { name: "NUL in a value", request: get("X-A: a\0b\r\n"), status: 400 },
  { name: "NUL in a name", request: get("X\0A: b\r\n"), status: 400 },
  { name: "NUL in the target", request: `GET /\0 HTTP/1.1\r\n${host}\r\n`, status: 400 },
  { name: "control character in a value", request: get("X-A: a\u0001b\r\n"), status: 400 },
  { name: "DEL in a value", request: get("X-A: a\u007fb\r\n"), status: 400 },
  { name: "empty header name", request: get(": b\r\n"), status: 400 },
  { name: "header without a colon", request: get("Foo\r\n"), status: 400 },
  { name: "chunk size that is no number", request: chunked("zz\r\n\r\n"), status: 400 },
  { name: "negative chunk size", request: chunked("-1\r\n\r\n"), status: 400 },
  { name: "chunk size with 0x", request: chunked("0x1\r\na\r\n0\r\n\r\n"), status: 400 },
  { name: "chunk size beyond 64 bits", request: chunked("fffffffffffffffff\r\na\r\n0\r\n\r\n"), status: 400 },
  { name: "chunk size with a space", request: chunked("1 \r\na\r\n0\r\n\r\n"), status: 400 },
  { name: "chunk size ended by LF", request: chunked("1\na\r\n0\r\n\r\n"), status: 400 },
  { name: "chunk ended by LF", request: chunked("1\r\na\n0\r\n\r\n"), status: 400 },
  { name: "chunk longer than its size", request: chunked("1\r\nab\r\n0\r\n\r\n"), status: 400 },
  { name: "chunk extension with LF", request: chunked("1;a=b\nc\r\na\r\n0\r\n\r\n"), status: 400 },
  { name: "folded trailer", request: chunked("1\r\na\r\n0\r\nX: y\r\n z\r\n\r\n"), status: 400 },
  { name: "Content-Length as trailer", request: chunked("1\r\na\r\n0\r\nContent-Length: 3\r\n\r\n"), status: 400 },
  { name: "absolute form", request: `GET http://evil/ HTTP/1.1\r\n${host}\r\n`, status: 400 },
  { name: "authority form", request: `GET evil:80 HTTP/1.1\r\n${host}\r\n`, status: 400 },
  { name: "asterisk form of GET", request: `GET * HTTP/1.1\r\n${host}\r\n`, status: 400 },
  { name: "fragment in the target", request: `GET /a#b HTTP/1.1\r\n${host}\r\n`, status: 400 },
  { name: "raw UTF-8 in the target", request: `GET /\u00e9 HTTP/1.1\r\n${host}\r\n`, status: 400 },
  { name: "CONNECT", request: `CONNECT evil:80 HTTP/1.1\r\n${host}\r\n`, status: 405 },
  { name: "no Host", request: "GET / HTTP/1.1\r\n\r\n", status: 400 },
  { name: "two Hosts", request: get("Host: evil\r\n"), status: 400 },
  { name: "two equal Hosts", request: get(host), status: 400 },
  { name: "empty Host", request: "GET / HTTP/1.1\r\nHost:\r\n\r\n", status: 400 },
  { name: "Host with a path", request: "GET / HTTP/1.1\r\nHost: a/b\r\n\r\n", status: 400 },
  { name: "Host with user", request: "GET / HTTP/1.1\r\nHost: a@b\r\n\r\n", status: 400 },
  { name: "Host list", request: "GET / HTTP/1.1\r\nHost: a, b\r\n\r\n", status: 400 },
  { name: "HTTP/0.9", request: "GET /\r\n\r\n", status: 505 },
  { name: "HTTP/1.2", request: `GET / HTTP/1.2\r\n${host}\r\n`, status: 505 },
  { name: "HTTP/2.0 in words", request: `GET / HTTP/2.0\r\n${host}\r\n`, status: 505 },
  { name: "HTTP/2 preface", request: "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", status: 505 },
  { name: "TLS on a plain port", request: "\u0016\u0003\u0001\u0002\0\u0001\0", status: 400 },
  { name: "unknown method", request: `FOO / HTTP/1.1\r\n${host}\r\n`, status: 400 },
  { name: "method in lower case", request: `get / HTTP/1.1\r\n${host}\r\n`, status: 400 },
  { name: "tabs in the request line", request: `GET\t/\tHTTP/1.1\r\n${host}\r\n`, status: 400 },
  { name: "space in the target", request: `GET /a b HTTP/1.1\r\n${host}\r\n`, status: 400 },
  { name: "space after the version", request: `GET / HTTP/1.1 \r\n${host}\r\n`, status: 505 },
  { name: "head over the limit", request: get(`X-A: ${"a".repeat(9_000)}\r\n`), status: 431 },
  { name: "many headers over the limit", request: get("a: b\r\n".repeat(1_100)), status: 431 },
  { name: "target over the limit", request: `GET /${"a".repeat(9_000)} HTTP/1.1\r\n${host}\r\n`, status: 431 },
  { name: "unknown expectation", request: post("Expect: magic\r\nContent-Length: 1\r\n", "a"), status: 417 },
];

/** Requests that look odd and are right. */
export const wellFormedRequests: readonly { name: string; request: string; expected: RegExp }[] = [
  { name: "HTTP/1.0 without Host", request: "GET /healthz HTTP/1.0\r\n\r\n", expected: /^HTTP\/1\.1 200 [^]*ok\n$/ },
  { name: "empty lines before the request", request: `\r\n\r\n${get("")}`, expected: /"path":"\/"/ },
  {
    name: "leading zeros in the length",
    request: post("Content-Length: 0003\r\n", "abc"),
    expected: /"Content-Length","3"[^]*"body":"abc"/,
  },
  { name: "chunk extension", request: chunked("1;a=b\r\na\r\n0\r\n\r\n"), expected: /^HTTP\/1\.1 200 / },
  { name: "body of a GET", request: `GET / HTTP/1.1\r\n${host}Content-Length: 3\r\n\r\nabc`, expected: /"body":"abc"/ },
  {
    name: "Host with port, in capitals",
    request: "GET /x HTTP/1.1\r\nHost: HELLO-abcd1234.LOCALHOST:4878\r\n\r\n",
    expected: /"path":"\/x"/,
  },
  { name: "IPv6 Host", request: "GET /healthz HTTP/1.1\r\nHost: [::1]:4878\r\n\r\n", expected: /ok\n$/ },
  {
    name: "Host with a scheme, as the Python SDK sends it",
    request: "GET /healthz HTTP/1.1\r\nHost: http://127.0.0.1:4878\r\n\r\n",
    expected: /ok\n$/,
  },
  {
    name: "upgrade of an HTTP function is ignored",
    request: get("Connection: Upgrade\r\nUpgrade: websocket\r\n"),
    expected: /^HTTP\/1\.1 200 /,
  },
  {
    name: "h2c upgrade of a service is ignored",
    request:
      "GET /healthz HTTP/1.1\r\nHost: a\r\nConnection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: x\r\n\r\n",
    expected: /ok\n$/,
  },
  {
    name: "headers that Connection names are dropped",
    request: get("Connection: close, X-Secret\r\nX-Secret: 1\r\nX-Kept: 2\r\n"),
    expected: /^(?![^]*X-Secret)[^]*X-Kept/,
  },
  {
    name: "our own headers cannot be forged",
    request: get("X-Scf-Uin: 1\r\nX-Scf-Request-Id: 1\r\nX-Forwarded-Prefix: /x\r\n"),
    expected: /^(?![^]*X-Forwarded-Prefix)(?![^]*X-Scf-Uin)[^]*"x-scf-request-id","[0-9a-f-]{36}"/,
  },
  {
    name: "x-forwarded-for grows",
    request: get("X-Forwarded-For: 9.9.9.9\r\n"),
    expected: /"x-forwarded-for","9\.9\.9\.9, 127\.0\.0\.1"/,
  },
];
