// @ts-check
import { connect } from "node:net";
import { ListeningPorts } from "./listening-ports.js";

const localhost = "127.0.0.1";
const pollMs = 10;
/** What a service of SCF listens on when it does not read $PORT. */
const documentedPort = 9_000;
/** So long a service that listens somewhere else may still open the port that was asked for. */
const settleMs = 300;

/** @typedef {import("./listening-ports.js").ListeningSocket} ListeningSocket */
/** @typedef {import("./listening-ports.js").Reach} Reach */
/** @typedef {{ kind: "listening", port: number, through: string | null, sockets: readonly ListeningSocket[] }} Listening `through`: only at this address of the sandbox's own loopback is it reached */
/** @typedef {Listening | { kind: "late", sockets: readonly ListeningSocket[] }} Outcome */

/**
 * Waits until one of our own processes listens: on `port`, else on 9000, else on whatever it is.
 * @param {{ host: string, port: number }} asked `host`: where the platform will connect
 * @param {number} timeoutMs @param {AbortSignal} signal ends the waiting, which then never resolves
 * @returns {Promise<Outcome>}
 */
export function waitForPort({ host, port }, timeoutMs, signal) {
  const find = process.platform === "linux" ? findOwn(host, port) : () => probe(port);
  const until = Date.now() + timeoutMs;
  return new Promise((resolve) => {
    const look = async () => {
      const { found, sockets } = await find();
      if (signal.aborted) return;
      if (found !== null) resolve({ kind: "listening", ...found, sockets });
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
  return `it listens on ${ports.join(", ")}, at an address that is not reached from here`;
}

/** @typedef {{ port: number, through: string | null }} Found */
/** @typedef {{ found: Found | null, sockets: readonly ListeningSocket[] }} Look */

/** @param {string} host @param {number} port @returns {() => Look} */
function findOwn(host, port) {
  const ports = new ListeningPorts();
  let firstSeen = 0;
  return () => {
    const sockets = ports.find();
    const reached = sockets.filter(({ reach }) => reach !== "other" || host !== localhost);
    const open = reached.map((socket) => socket.port);
    if (open.length > 0 && firstSeen === 0) firstSeen = Date.now();
    const chosen = choosePort(open, port, firstSeen > 0 && Date.now() - firstSeen >= settleMs);
    const reaches = reached.filter((socket) => socket.port === chosen).map(({ reach }) => reach);
    return { found: chosen === null ? null : { port: chosen, through: throughOf(host, reaches) }, sockets };
  };
}

/**
 * Null: who connects to `host` reaches the server. A sandbox with a network of its own has a host of its own, where
 * everything is reached but what listens on a loopback address.
 * @param {string} host @param {readonly Reach[]} reaches of the sockets on one port
 */
function throughOf(host, reaches) {
  const direct = host === localhost ? "loopback" : "other";
  if (reaches.includes("everywhere") || reaches.includes(direct)) return null;
  return reaches.includes("loopback") ? localhost : "::1";
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
    if (await answers(candidate)) return { found: { port: candidate, through: null }, sockets: [] };
  }
  return { found: null, sockets: [] };
}

/** @param {number} port @returns {Promise<boolean>} */
export function answers(port) {
  return new Promise((resolve) => {
    const socket = connect({ port, host: localhost });
    socket.once("connect", () => {
      socket.destroy();
      resolve(true);
    });
    socket.once("error", () => resolve(false));
  });
}
