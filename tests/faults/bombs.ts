import type { PackageFiles } from "../deployed-function.ts";

/** A function that misbehaves in one way, as often as it is called. */
export interface Bomb {
  readonly name: string;
  /** Body of the handler of an event function. */
  readonly code: string;
  /** What its callers are told, or its result. */
  readonly answer: RegExp;
}

const child = `require("node:child_process")`;

/** A Perl program with the channel at descriptor 3, for as long as it runs. */
function onChannel(perl: string): string {
  return `${child}.spawnSync("perl", ["-e", ${JSON.stringify(perl)}], { stdio: ["ignore", "ignore", "ignore", 3] })`;
}

export const bombs: readonly Bomb[] = [
  {
    name: "fork-bomb",
    code: `${child}.spawnSync("sh", ["-c", "bomb() { bomb | bomb & }; bomb; wait"]); for (;;);`,
    answer: /timed out|memory/,
  },
  {
    name: "memory-bomb",
    code: `const held = []; for (;;) held.push(Buffer.alloc(8 << 20, 1));`,
    answer: /memory/i,
  },
  {
    name: "disk-bomb",
    code: `const fs = require("node:fs"); const piece = Buffer.alloc(1 << 20); let file = 0, mb = 0;
      try { for (;;) { const fd = fs.openSync("/tmp/fill" + file++, "w"); for (let each = 0; each < 16; each++, mb++) fs.writeSync(fd, piece); fs.closeSync(fd); } }
      catch (error) { for (let each = 0; each < file; each++) fs.rmSync("/tmp/fill" + each, { force: true }); return [error.code, mb]; }`,
    answer: /ENOSPC/,
  },
  {
    name: "descriptor-bomb",
    code: `const fs = require("node:fs"); const held = [];
      try { for (;;) held.push(fs.openSync("/dev/null")); } catch (error) { for (const each of held) fs.closeSync(each); return error.code; }`,
    answer: /EMFILE/,
  },
  {
    name: "socket-bomb", // connections that nobody reads from: without a limit of their own they hold some MB each, beside the memory of the function
    code: `const net = require("node:net"); const held = []; const server = net.createServer({ pauseOnConnect: true }, (socket) => held.push(socket)).listen(0, "127.0.0.1");
      await new Promise((resolve) => server.once("listening", resolve)); const piece = Buffer.alloc(1 << 16); const until = Date.now() + 2000; let inFlight = 0;
      const fill = (socket) => { while (!socket.destroyed && socket.writableLength === 0 && Date.now() < until) socket.write(piece); };
      for (let each = 0; each < 400; each++) { const socket = net.connect(server.address().port, "127.0.0.1", () => fill(socket)); socket.on("drain", () => fill(socket)); socket.on("error", () => {}); held.push(socket); }
      while (Date.now() < until) await new Promise((resolve) => setTimeout(resolve, 50));
      const tcp = require("node:fs").readFileSync("/proc/net/tcp", "utf8").trim().split("\\n").slice(1); for (const line of tcp) for (const queue of line.trim().split(/\\s+/)[4].split(":")) inFlight += parseInt(queue, 16);
      for (const each of held) each.destroy(); server.close(); return "held " + (inFlight < 160e6 ? "little" : inFlight);`,
    answer: /held little/,
  },
  {
    name: "log-flood",
    code: `const line = "x".repeat(200); const until = Date.now() + 2000; while (Date.now() < until) { for (let each = 0; each < 1000; each++) console.log(line); await new Promise(setImmediate); } return "flooded";`,
    answer: /flooded|timed out/,
  },
  {
    name: "frame-flood",
    code: onChannel(
      String.raw`$SIG{ALRM} = sub { exit }; alarm 2; my $frames = pack("VCVCd", 14 + 40, 12, 0, 1, 0) . "y" x 40; $frames x= 1000; while (1) { open(my $c, "+<&=", 3); my $left = $frames; while (length $left) { my $sent = syswrite($c, $left); defined $sent ? substr($left, 0, $sent, "") : select(undef, undef, undef, 0.0005) } }`,
    ),
    answer: /null|timed out|ended|protocol/,
  },
  {
    name: "deaf-to-term",
    code: `process.on("SIGTERM", () => {}); process.on("SIGINT", () => {}); for (;;);`,
    answer: /timed out/,
  },
  {
    name: "double-fork",
    code: `${child}.spawnSync("sh", ["-c", "for each in 1 2 3 4; do (setsid sh -c 'trap \\"\\" TERM HUP; while :; do :; done' &) ; done"], { stdio: "ignore" }); return "forked";`,
    answer: /forked/,
  },
  {
    name: "garbage",
    code: onChannel(String.raw`open(my $c, "+<&=", 3); syswrite($c, "\xff" x 64);`),
    answer: /protocol/,
  },
  {
    name: "close",
    code: onChannel(String.raw`open(my $c, "+<&=", 3); use Socket; shutdown($c, 2);`),
    answer: /ended|exit/i,
  },
];

export function filesOf({ code }: Bomb): PackageFiles {
  return { "index.js": `exports.main_handler = async () => { ${code} };` };
}
