// @ts-check
import { readdirSync, readFileSync, readlinkSync } from "node:fs";
import { processTree } from "./process-tree.js";

const tables = ["/proc/net/tcp", "/proc/net/tcp6"];
const listening = "0A";
/** Columns of the tables. */
const addressColumn = 1;
const stateColumn = 3;
const inodeColumn = 9;
/** Addresses as the kernel writes them. */
const everywhere = /^(?:0{8}|0{32})$/;
const loopback = /^(?:.{6}7F|0{16}FFFF0000.{6}7F)$/;
const loopback6 = /^0{24}01000000$/;

/** @typedef {"everywhere" | "loopback" | "loopback6" | "other"} Reach where a socket can be reached */
/** @typedef {{ port: number, reach: Reach, inode: string }} ListeningSocket */

/**
 * Finds the sockets on which this process's descendants listen. Other processes of the host may listen on the same ports
 * under another address, so a port alone says nothing: the socket must be in one of our own processes.
 */
export class ListeningPorts {
  #lastSeen = "";
  /** @type {ListeningSocket[]} */
  #own = [];

  /** Reads the process table only when some socket of the host began or ceased to listen. @returns {readonly ListeningSocket[]} */
  find() {
    const sockets = tables.flatMap(listeningSockets);
    const seen = sockets.map(({ inode }) => inode).join();
    if (seen === this.#lastSeen) return this.#own;
    const inodes = new Set(processTree().flatMap(socketInodes));
    this.#own = sockets.filter(({ inode }) => inodes.has(inode));
    this.#lastSeen = seen;
    return this.#own;
  }
}

/** @param {string} table @returns {ListeningSocket[]} */
function listeningSockets(table) {
  /** @type {ListeningSocket[]} */
  const sockets = [];
  for (const line of readLines(table).slice(1)) {
    const columns = line.trim().split(/\s+/);
    if (columns[stateColumn] !== listening) continue;
    const [address = "", port = ""] = (columns[addressColumn] ?? "").split(":");
    sockets.push({
      port: Number.parseInt(port, 16),
      reach: reachOf(address),
      inode: columns[inodeColumn] ?? "",
    });
  }
  return sockets;
}

/** @param {string} address @returns {Reach} */
function reachOf(address) {
  if (everywhere.test(address)) return "everywhere";
  if (loopback.test(address)) return "loopback";
  return loopback6.test(address) ? "loopback6" : "other";
}

/** @param {string} table */
function readLines(table) {
  try {
    return readFileSync(table, "latin1").split("\n");
  } catch {
    return []; // no IPv6 here
  }
}

/** @param {number} pid @returns {string[]} */
function socketInodes(pid) {
  try {
    return readdirSync(`/proc/${pid}/fd`).flatMap((fd) => {
      const [, inode] = /^socket:\[(\d+)\]$/.exec(linkOf(`/proc/${pid}/fd/${fd}`)) ?? [];
      return inode === undefined ? [] : [inode];
    });
  } catch {
    return []; // ended meanwhile, or not ours to look into
  }
}

/** @param {string} path */
function linkOf(path) {
  try {
    return readlinkSync(path);
  } catch {
    return ""; // closed meanwhile
  }
}
