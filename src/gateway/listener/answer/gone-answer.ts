import type { ClientAnswer } from "./client-answer.ts";

/** The answer of an exchange whose socket speaks another protocol: it has gone out, and nothing can follow it. One for all. */
export const goneAnswer: ClientAnswer = {
  hasBegun: true,
  isFull: false,
  hasLeft: false, // the socket will never be free for what comes next
  get onDrain() {
    return nothing;
  },
  set onDrain(_listener) {}, // nobody hears of it
  closeAfter() {},
  permitBody() {},
  inform() {},
  send() {},
  begin() {},
  write: () => true,
  end() {},
  letGo() {},
};

function nothing(): void {}
