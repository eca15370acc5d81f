/** Numbers of runtimes/PROTOCOL.md. */
export const frame = {
  ready: 1,
  init: 2,
  initialized: 3,
  initFailed: 4,
  call: 5,
  head: 6,
  data: 7,
  end: 8,
  error: 9,
  cancel: 10,
  window: 11,
  log: 12,
  ping: 13,
  pong: 14,
  stop: 15,
  prepare: 16,
} as const;

/** Length, type and call id. */
export const headerBytes = 9;
/** What the length field counts beside the payload: type and call id. */
export const countedHeaderBytes = 5;
export const maxFrameLength = 1_048_576;
export const maxDataBytes = 65_536;
export const initialCredit = 262_144;
/** WINDOW is sent in steps of at least this, unless the sender has no credit left. */
export const windowStep = 32_768;

/** A frame that breaks PROTOCOL.md: the channel ends and its owner kills the sandbox. */
export class ProtocolViolation extends Error {
  override readonly name = "ProtocolViolation";
}
