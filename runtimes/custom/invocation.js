// @ts-check
import { isUtf8 } from "node:buffer";
import { failure } from "../node/process/failure.js";

const { parse, stringify } = JSON;
const nothing = Buffer.alloc(0);

/** @typedef {import("../node/channel/call.js").Failure} Failure */

/**
 * One call on its way through the program.
 *
 * waiting → (the program has the event) given → (its answer is complete) answered → over
 */
export class Invocation {
  /** The program has the event. */
  isGiven = false;
  #isAnswered = false;
  #output;
  #maxResultBytes;

  /**
   * @param {import("../node/channel/call.js").Call} call @param {Buffer} event
   * @param {import("../service/output-lines.js").OutputLines} output @param {number} maxResultBytes
   */
  constructor(call, event, output, maxResultBytes) {
    this.call = call;
    this.event = event;
    this.#output = output;
    this.#maxResultBytes = maxResultBytes;
  }

  /** What the program answered may be ignored from here on. */
  get isAnswered() {
    return this.#isAnswered || this.call.isOver;
  }

  /** Variables that hold for this call alone, names and values in turn. */
  get variables() {
    return this.call.strings.slice(1);
  }

  /** The first answer counts. Gives the failure that it came to instead, if it did. @param {Buffer} result @returns {Promise<Failure | null>} */
  async succeed(result) {
    const text = resultText(result);
    const refusal = text === null ? notText() : text.length > this.#maxResultBytes ? resultTooLarge() : null;
    await this.#answer(() => {
      if (text === null || refusal !== null) return this.call.fail(refusal ?? notText());
      this.call.write(text);
      this.call.end(null);
    });
    return refusal;
  }

  /** @param {Failure} reason */
  fail(reason) {
    return this.#answer(() => this.call.fail(reason));
  }

  /** Lines that the program printed before its answer belong to the call. @param {() => void} send */
  async #answer(send) {
    if (this.isAnswered) return;
    this.#isAnswered = true;
    this.event = nothing;
    await this.#output.settle();
    send();
  }
}

/** The result as JSON text: as it is when it is JSON; other text as a JSON string; null: it is not text. @param {Buffer} result */
function resultText(result) {
  if (!isUtf8(result)) return null;
  const text = result.toString();
  try {
    parse(text);
    return result;
  } catch {
    return Buffer.from(stringify(text));
  }
}

function notText() {
  return failure("bad-result", "BadResult", "The result is neither JSON nor other UTF-8 text");
}

export function resultTooLarge() {
  return failure("result-too-large", "ResponseTooLarge", "body size is too long");
}
