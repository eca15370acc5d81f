import { randomBytes, randomUUID } from "node:crypto";

declare const brand: unique symbol;
type Branded<Name extends string> = string & { readonly [brand]: Name };

/** `lam-` and eight characters of a–z0–9, as SCF writes it. */
export type FunctionId = Branded<"FunctionId">;
/** A UUID; names one invocation in replies, logs and records. */
export type RequestId = Branded<"RequestId">;
/** Names one sandbox of one host. */
export type SandboxId = Branded<"SandboxId">;
/** Names one trigger of a function. */
export type TriggerId = Branded<"TriggerId">;
/** SHA-256 of a code package, 64 lower-case hex digits. */
export type Sha256 = Branded<"Sha256">;

const alphabet = "abcdefghijklmnopqrstuvwxyz0123456789";

/** `length` random characters of a–z0–9 (unbiased enough for names: 36 into 256). */
export function randomName(length: number): string {
  return Array.from(randomBytes(length), (byte) => alphabet[byte % alphabet.length]).join("");
}

export function newFunctionId(): FunctionId {
  return `lam-${randomName(8)}` as FunctionId; // brand: made here
}

/** Eight characters, as Tencent's are. */
export function newCertificateId(): string {
  return randomName(8);
}

export function newRequestId(): RequestId {
  return randomUUID() as RequestId; // brand: made here
}

export function newSandboxId(): SandboxId {
  return `box-${randomName(10)}` as SandboxId; // brand: made here
}
