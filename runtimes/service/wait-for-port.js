// @ts-check
import { connect } from "node:net";
import { ListeningPorts } from "./listening-ports.js";

const pollMs = 10;
/** What a service of SCF listens on when it does not read $PORT. */
const documentedPort = 9_000;
/** So long a service that listens somewhere else may still open the port that was asked for. */
const settleMs = 300;

/** @typedef {import("./listening-ports.js").ListeningSocket} ListeningSocket */
/** @typedef {{ kind: "listening", port: number } | { kind: "late", sockets: readonly ListeningSocket[] }} Outcome */

/**
 * Waits until one of our own processes listens: on `port`, else on 9000, else on whatever it is.
 * @param {number} port @param {number} timeoutMs @param {AbortSignal} signal ends the waiting, which then never resolves
 * @returns {Promise<Outcome>}
 */
export function waitForPort(port, timeoutMs, signal) {
  const find = process.platform === "linux" ? findOwn(port) : () => probe(port);
  const until = Date.now() + timeoutMs;
  return new Promise((resolve) => {
    const look = async () => {
      const { found, sockets } = await find();
      if (signal.aborted) return;
      if (found !== null) resolve({ kind: "listening", port: found });
      else if (Date.now() >= until) resolve({ kind: "late", sockets });
      else setTimeout(() => void look(), pollMs);
    };
    void look();
  });
}

/** @param {readonly ListeningSocket[]} sockets */
export function describePorts(sockets) {
  if (sockets.length === 0) return "it listens on none";
  const ports = [...new Set(sockets.map((socket) => socket.port))].sort((a, b) => a - b);
  return `it listens on ${ports.join(", ")}, at an address that 127.0.0.1 does not reach`;
}

/** @typedef {{ found: number | null, sockets: readonly ListeningSocket[] }} Look */

/** @param {number} port @returns {() => Look} */
function findOwn(port) {
  const ports = new ListeningPorts();
  let firstSeen = 0;
  return () => {
    const sockets = ports.find();
    const open = sockets.filter(({ isReachable }) => isReachable).map((socket) => socket.port);
    if (open.length > 0 && firstSeen === 0) firstSeen = Date.now();
    return { found: choosePort(open, port, firstSeen > 0 && Date.now() - firstSeen >= settleMs), sockets };
  };
}

/** @param {readonly number[]} open @param {number} wanted @param {boolean} isSettled */
function choosePort(open, wanted, isSettled) {
  if (open.includes(wanted)) return wanted;
  if (open.includes(documentedPort)) return documentedPort;
  return isSettled && open.length > 0 ? Math.min(...open) : null;
}

/** Where no process table can be read: whoever answers is believed to be the service. @param {number} port @returns {Promise<Look>} */
async function probe(port) {
  for (const candidate of new Set([port, documentedPort])) {
    if (await answers(candidate)) return { found: candidate, sockets: [] };
  }
  return { found: null, sockets: [] };
}

/** @param {number} port @returns {Promise<boolean>} */
export function answers(port) {
  return new Promise((resolve) => {
    const socket = connect({ port, host: "127.0.0.1" });
    socket.once("connect", () => {
      socket.destroy();
      resolve(true);
    });
    socket.once("error", () => resolve(false));
  });
}
