import fs from "node:fs";
import path from "node:path";
import { randomName } from "../../core/index.ts";

/** What a segment is called from its first line on. */
export type SegmentName = Pick<Segment, "id" | "file">;

/** A closed file of the spool: whole lines, except that a crash may have torn the last one. */
export interface Segment {
  /** Unique over all hosts and times: what makes storing it twice impossible. */
  readonly id: string;
  readonly file: string;
  /** Exact for segments of this process; estimated from the size for those that a crash left. */
  readonly records: number;
}

const suffix = ".usage";
const typicalLineBytes = 220;

/** Names the next segment; names sort by age. */
export function nextSegmentName(directory: string, now: number): SegmentName {
  const id = `${String(now).padStart(15, "0")}-${randomName(12)}`;
  return { id, file: path.join(directory, id + suffix) };
}

/** Never an existing file: what is there belongs to an earlier run. */
export function openSegmentFile(file: string): number {
  return fs.openSync(file, "ax", 0o600);
}

/** What earlier runs left, oldest first. */
export function leftSegments(directory: string): Segment[] {
  fs.mkdirSync(directory, { recursive: true, mode: 0o700 });
  return fs
    .readdirSync(directory)
    .filter((name) => name.endsWith(suffix))
    .toSorted()
    .map((name) => {
      const file = path.join(directory, name);
      const records = Math.ceil(fs.statSync(file).size / typicalLineBytes);
      return { id: name.slice(0, -suffix.length), file, records };
    });
}

/** How many bytes of `content` are whole lines; what follows is a torn one. */
export function bytesOfWholeLines(content: Buffer): number {
  return content.lastIndexOf(0x0a) + 1;
}

/** The whole lines of a segment; a torn last line was never acknowledged (or is a reserve's filling) and is left out. */
export function wholeLines(content: Buffer): Buffer {
  return content.subarray(0, bytesOfWholeLines(content));
}
