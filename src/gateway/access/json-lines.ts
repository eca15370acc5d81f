import type { Exchange } from "../listener/exchange.ts";
import { LoggedRequest, loggedPath } from "./logged-request.ts";

/** A JSON object per line. Written by hand, as `JSON.stringify` of an object and `toISOString` per line cost a fifth of a whole call. */
export class JsonLines {
  readonly #peers = new Quotes();
  readonly #hosts = new Quotes();
  readonly #paths = new Quotes();
  readonly #requests = new LoggedRequest((exchange) => this.#describe(exchange));
  #lastTime = { at: 0, text: new Date(0).toISOString() };

  line(exchange: Exchange, now: number): string {
    const { scfStatus } = exchange;
    return (
      `{"at":"${this.#time(now)}","requestId":"${exchange.requestId}",${this.#requests.fieldsOf(exchange)}"status":${exchange.httpStatus},` +
      (scfStatus === 0 ? "" : `"scfStatus":${scfStatus},`) +
      `${traceFields(exchange)}"ms":${thousandths(exchange.durationMs)},${phases(exchange)}"bytesIn":${exchange.bytesIn},"bytesOut":${exchange.bytesOut}}\n`
    );
  }

  dropped(count: number, now: number): string {
    return `{"at":"${this.#time(now)}","dropped":${count}}\n`;
  }

  #describe(exchange: Exchange): string {
    const { request, route, kind, api } = exchange;
    return (
      `"peer":${this.#peers.quote(exchange.connection.peer.address)},"method":"${request.method}",` +
      `"host":${this.#hosts.quote(exchange.head.authority)},"path":${this.#paths.quote(loggedPath(exchange))},` +
      `"kind":"${kind}",${route === null ? "" : `"function":"${exchange.subject}",`}` +
      (api === null ? "" : `"service":"${api.serviceId}","api":"${api.apiId}","environment":"${api.environment}",`)
    );
  }

  #time(at: number): string {
    if (at !== this.#lastTime.at) this.#lastTime = { at, text: new Date(at).toISOString() };
    return this.#lastTime.text;
  }
}

function traceFields({ trace: { traceparent, parentId } }: Exchange): string {
  return parentId === ""
    ? `"traceparent":"${traceparent}",`
    : `"traceparent":"${traceparent}","parentSpanId":"${parentId}",`;
}

/** Of an API of the API gateway: how long its back end took to begin its answer, and what of that a call waited for an instance. */
function phases({ api }: Exchange): string {
  if (api === null) return "";
  const { backendUs, queueUs } = api;
  return (
    (backendUs === null ? "" : `"backendMs":${thousandths(backendUs / 1_000)},`) +
    (queueUs === null ? "" : `"queueMs":${thousandths(queueUs / 1_000)},`)
  );
}

/** Three decimals, made of whole numbers: a tenth of what a fraction costs to print. */
function thousandths(value: number): string {
  const whole = Math.round(value * 1_000);
  const rest = whole % 1_000;
  return `${(whole - rest) / 1_000}.${rest < 10 ? "00" : rest < 100 ? "0" : ""}${rest}`;
}

/** What JSON writes as it is: visible ASCII but for the quote and the backslash. */
const plainText = /^[ !#-[\]-~]*$/;

/** Quotes texts of one kind, which mostly repeat themselves: the last one is kept. */
class Quotes {
  #text = "";
  #quoted = '""';

  quote(text: string): string {
    if (text === this.#text) return this.#quoted;
    this.#text = text;
    this.#quoted = plainText.test(text) ? `"${text}"` : ascii(JSON.stringify(text));
    return this.#quoted;
  }
}

function ascii(json: string): string {
  return json.replaceAll(/[^ -~]/g, (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`);
}
