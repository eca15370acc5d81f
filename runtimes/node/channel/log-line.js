// @ts-check
import { frameType, longestPiece } from "./frames.js";

const { now } = Date;
const { min } = Math;

/**
 * A LOG frame. A line that is too long is cut, between two characters.
 * @param {import("./frames.js").FrameWriter} writer @param {number} call @param {1 | 2} stream @param {string} line
 */
export function writeLogLine(writer, call, stream, line) {
  const text = line.length > longestPiece ? line.slice(0, longestPiece) : line;
  writer.begin(frameType.log, call, 9 + min(text.length * 3, longestPiece));
  writer.u8(stream);
  writer.f64(now());
  writer.utf8(text, longestPiece);
  writer.finish();
}
