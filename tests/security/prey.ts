import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import net from "node:net";
import os from "node:os";
import path from "node:path";
import { newToken } from "../conformance/box-maker.ts";

/** Things of this host that a function must not get at; all carry `token`. Disposing takes them away. */
export interface Prey extends AsyncDisposable {
  readonly directory: string;
  /** Names and values for `%aim` of an attack. */
  readonly aim: Readonly<Record<string, string>>;
}

export async function makePrey(): Promise<Prey> {
  await using parts = new AsyncDisposableStack();
  const token = newToken();
  const directory = await mkdtemp(path.join(os.tmpdir(), "gust-prey-"));
  parts.defer(async () => rm(directory, { recursive: true, force: true }));
  await writeFile(path.join(directory, "secret"), token, { mode: 0o600 });
  await writeFile(`/dev/shm/${token}`, token);
  parts.defer(async () => rm(`/dev/shm/${token}`));
  const sharedMemoryKey = Number.parseInt(token.slice(0, 8), 10);
  const host = await startHostProcess(token, sharedMemoryKey);
  parts.defer(async () => end(host));
  const socketPath = path.join(directory, "socket");
  parts.use(await listen({ path: socketPath }));
  parts.use(await listen({ path: `\0gust-${token}` }));
  const wide = parts.use(await listen({ host: "::", port: 0 })); // both versions of IP, all addresses
  const kept = parts.move();
  return {
    directory,
    aim: {
      token,
      secretFile: path.join(directory, "secret"),
      hostPid: String(host.pid),
      hostPort: String(wide.port),
      hostAddresses: hostAddresses().join(" "),
      abstractSocket: `gust-${token}`,
      socketPath,
      sharedMemoryKey: String(sharedMemoryKey),
    },
    [Symbol.asyncDispose]: async () => kept.disposeAsync(),
  };
}

/** A process that has the token in its environment and memory of System V; it takes that away when it ends. */
async function startHostProcess(token: string, key: number): Promise<ChildProcess> {
  const program = `$SIG{TERM} = sub { exit }; $| = 1;
    my $id = shmget(${key}, 4096, 01600) // die "shmget: $!"; END { shmctl($id, 0, 0) }
    print "ready\\n"; sleep 600`;
  const child = spawn("/usr/bin/perl", ["-e", program], {
    env: { GUST_PREY: token },
    stdio: ["ignore", "pipe", "inherit"],
  });
  await once(child.stdout, "data");
  return child;
}

async function end(child: ChildProcess): Promise<void> {
  const exited = once(child, "exit");
  child.kill("SIGTERM");
  await exited;
}

async function listen(where: net.ListenOptions): Promise<AsyncDisposable & { readonly port: number }> {
  const server = net.createServer((socket) => socket.on("error", () => undefined).end()).listen(where);
  await once(server, "listening");
  const address = server.address();
  return {
    port: typeof address === "object" && address !== null ? address.port : 0,
    [Symbol.asyncDispose]: async () => void (await new Promise((resolve) => server.close(resolve))),
  };
}

/** All but loopback, which a box has one of its own of, and link-local ones, which need the name of an interface. */
function hostAddresses(): string[] {
  return Object.values(os.networkInterfaces())
    .flatMap((addresses) => addresses ?? [])
    .filter(({ internal, address }) => !internal && !address.startsWith("fe80:"))
    .map(({ address }) => address);
}
