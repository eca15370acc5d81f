// @ts-check
import { existsSync } from "node:fs";

/** `e_machine` of ELF: what Go and people call it, and where it runs (names of `process.arch`). @type {ReadonlyMap<number, readonly [name: string, runsOn: readonly string[]]>} */
const machines = new Map([
  [3, ["386", ["ia32", "x64"]]],
  [40, ["arm", ["arm", "arm64"]]],
  [62, ["amd64", ["x64"]]],
  [183, ["arm64", ["arm64"]]],
  [243, ["riscv64", ["riscv64"]]],
]);
const goNames = new Map([...machines.values()].map(([name, [arch]]) => [arch, name]));

const loaderSegment = 3;
/** Offsets in the header of a 64-bit file. */
const at64 = { width: 4, order: 5, machine: 18, segments: 32, segmentBytes: 54, segmentCount: 56 };

/**
 * Why a compiled program cannot run on this machine; null: nothing is known against it.
 * @param {string} name @param {Buffer} head the first bytes of an ELF file
 */
export function machineTrouble(name, head) {
  if (head.length < 64) return `${name} is cut short: it is not a whole program`;
  const isLittle = head[at64.order] === 1;
  const machine = isLittle ? head.readUInt16LE(at64.machine) : head.readUInt16BE(at64.machine);
  const [built, runsOn] = machines.get(machine) ?? [`a machine of ELF number ${machine}`, []];
  if (!runsOn.includes(process.arch) && goNames.has(process.arch)) {
    const own = goNames.get(process.arch);
    return `${name} is built for ${built}, and this host is ${own}: build it for linux/${own} (Go: GOOS=linux GOARCH=${own})`;
  }
  const loader = isLittle && head[at64.width] === 2 ? loaderOf(head) : null;
  if (loader === null || existsSync(loader)) return null;
  return `${name} needs the loader ${loader}, which does not exist here: link it statically (Go: CGO_ENABLED=0), or against the C library of this host`;
}

/** The dynamic loader that a 64-bit program names, if its name is in the part at hand. @param {Buffer} head */
function loaderOf(head) {
  const start = Number(head.readBigUInt64LE(at64.segments));
  const bytes = head.readUInt16LE(at64.segmentBytes);
  const count = head.readUInt16LE(at64.segmentCount);
  for (let i = 0; i < count; i++) {
    const segment = start + i * bytes;
    if (segment + 40 > head.length) return null;
    if (head.readUInt32LE(segment) !== loaderSegment) continue;
    const from = Number(head.readBigUInt64LE(segment + 8));
    const size = Number(head.readBigUInt64LE(segment + 32));
    return from + size > head.length ? null : head.toString("latin1", from, from + size - 1); // ends in a zero
  }
  return null;
}
