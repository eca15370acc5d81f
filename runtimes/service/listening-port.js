// @ts-check
import fs from "node:fs";
import net from "node:net";
import { readOrEmpty, sandboxProcesses, socketInodes } from "./processes.js";

/** @typedef {{ kind: "listening", port: number } | { kind: "none", unreachable: string | null }} Found */
/** @typedef {{ inode: string, port: number, address: string, isReachable: boolean }} Listener */

/** Any address, or one of 127.0.0.0/8, in the notation of /proc/net/tcp{,6}. */
const reachable = /^(?:0{8}|[0-9A-F]{6}7F|0{32}|0{16}FFFF0{4}[0-9A-F]{6}7F)$/;
const listenState = "0A";

/**
 * Where a process of this sandbox listens. On a host whose ports are shared, somebody else's listener does not count:
 * sockets are matched by inode. `preferred` first, then the lowest port.
 * @param {readonly number[]} preferred @returns {Promise<Found>}
 */
export async function findListeningPort(preferred) {
  if (!fs.existsSync("/proc/net/tcp")) return probe(preferred);
  const listeners = [...readListeners("/proc/net/tcp"), ...readListeners("/proc/net/tcp6")];
  if (listeners.length === 0) return { kind: "none", unreachable: null };
  const inodes = new Set(sandboxProcesses().flatMap(socketInodes));
  const ours = listeners.filter(({ inode }) => inodes.has(inode));
  const ports = ours.filter(({ isReachable }) => isReachable).map(({ port }) => port);
  const port = preferred.find((wanted) => ports.includes(wanted)) ?? ports.toSorted((a, b) => a - b)[0];
  if (port !== undefined) return { kind: "listening", port };
  const [other] = ours;
  return { kind: "none", unreachable: other === undefined ? null : `${other.address} port ${other.port}` };
}

/** @param {string} file @returns {Listener[]} */
function readListeners(file) {
  return readOrEmpty(file)
    .split("\n")
    .slice(1)
    .flatMap((line) => {
      const [, local = "", , state, , , , , , inode = ""] = line.trim().split(/\s+/);
      if (state !== listenState) return [];
      const [address = "", port = ""] = local.split(":");
      const isLoopback6 = /^0{24}01000000$/.test(address);
      return [
        {
          inode,
          port: Number.parseInt(port, 16),
          address: isLoopback6 ? "::1" : "another address",
          isReachable: reachable.test(address),
        },
      ];
    });
}

/** Without /proc: whether anybody answers on the ports that a server may choose. @param {readonly number[]} ports @returns {Promise<Found>} */
async function probe(ports) {
  for (const port of ports) {
    if (await connects(port)) return { kind: "listening", port };
  }
  return { kind: "none", unreachable: null };
}

/** @param {number} port @returns {Promise<boolean>} */
function connects(port) {
  return new Promise((resolve) => {
    const socket = net.connect(port, "127.0.0.1");
    socket.on("connect", () => {
      socket.destroy();
      resolve(true);
    });
    socket.on("error", () => resolve(false));
  });
}
