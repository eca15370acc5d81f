import { isUtf8 } from "node:buffer";
import { jsonMembers } from "./json-members.ts";

/**
 * The parameters in a request's body: those of a form, or the properties of a JSON object. What is not changed stays as it was sent, byte
 * by byte; a body that is neither has no parameters and is never changed. No body is a form without any.
 */
export class BodyParameters {
  readonly #isEmpty: boolean;
  readonly #format: Format | null;
  readonly #sent: readonly Member[];
  #members: readonly Member[];

  /** `encoding`: its Content-Encoding; empty for none. */
  constructor(body: Buffer, type: string, encoding: string) {
    this.#isEmpty = body.length === 0;
    const isText = isUtf8(body) && (encoding === "" || encoding === "identity");
    const { format, members } = (isText ? readMembers(body.toString(), type) : null) ?? opaque;
    this.#format = format;
    this.#sent = members;
    this.#members = members;
  }

  of(name: string): string | null {
    const member = this.#find(name);
    return member === undefined ? null : (this.#format?.decode(member.value) ?? null);
  }

  remove(name: string): void {
    const left = this.#members.filter((one) => one.name !== name);
    if (left.length < this.#members.length) this.#members = left;
  }

  set(name: string, value: string): void {
    if (this.#format !== null) this.#put(name, this.#format.encode(value), this.#format);
  }

  /** Adds a value that was sent under another name, as it was written: a number stays one. False: it was not sent. */
  copy(from: string, to: string): boolean {
    const member = this.#find(from);
    if (member === undefined || this.#format === null) return false;
    this.#put(to, member.value, this.#format);
    return true;
  }

  /** What it has become, where it was nothing before; null: what it was. */
  get newType(): string | null {
    return this.#isEmpty && this.#members !== this.#sent ? formType : null;
  }

  /** The body as it is now; null: as it was sent. */
  changed(): Buffer | null {
    if (this.#members === this.#sent || this.#format === null) return null;
    return Buffer.from(this.#format.join(this.#members));
  }

  #find(name: string): Member | undefined {
    const isOfName = (one: Member): boolean => one.name === name;
    return this.#format === json ? this.#sent.findLast(isOfName) : this.#sent.find(isOfName);
  }

  #put(name: string, value: string, format: Format): void {
    const text = format.write(name, value);
    this.#members = [...this.#members.filter((one) => one.name !== name), { name, text, value }];
  }
}

/** A parameter: its name, and all of its text and its value as they are written. */
interface Member {
  readonly name: string;
  readonly text: string;
  readonly value: string;
}

/** How a body has its parameters. */
interface Format {
  /** Null: nothing that stands for itself elsewhere. */
  decode(value: string): string | null;
  encode(value: string): string;
  write(name: string, value: string): string;
  join(members: readonly Member[]): string;
}

const formType = "application/x-www-form-urlencoded";

export function isForm(type: string): boolean {
  return /^application\/x-www-form-urlencoded\b/i.test(type);
}

interface ReadBody {
  readonly format: Format | null;
  readonly members: readonly Member[];
}

const opaque: ReadBody = { format: null, members: [] };

function readMembers(text: string, type: string): ReadBody | null {
  if (text === "" || isForm(type)) return { format: form, members: text.split("&").flatMap(formMember) };
  const members = /^application\/(?:[\w.+-]+\+)?json\b/i.test(type) ? jsonMembers(text) : null;
  return members === null ? null : { format: json, members };
}

function formMember(text: string): readonly Member[] {
  if (text === "") return [];
  const end = text.indexOf("=");
  const [name = ""] = new URLSearchParams(`&${text}`).keys(); // with the sign, as a first question mark would be taken off
  return [{ name, text, value: end < 0 ? "" : text.slice(end + 1) }];
}

const form: Format = {
  decode: (value) => new URLSearchParams(`=${value}`).get(""),
  encode: (value) => new URLSearchParams([["", value]]).toString().slice(1),
  write: (name, value) => `${encodeURIComponent(name)}=${value}`,
  join: (members) => members.map(({ text }) => text).join("&"),
};

const json: Format = {
  decode(text) {
    const value: unknown = JSON.parse(text);
    if (value === null) return null;
    return typeof value === "string" ? value : text.trim();
  },
  encode: (value) => JSON.stringify(value),
  write: (name, value) => `${JSON.stringify(name)}:${value}`,
  join: (members) => `{${members.map(({ text }) => text).join(",")}}`,
};
