import { z } from "zod";
import type { InitOutcome, RuntimeFailure } from "../channel.ts";
import { ProtocolViolation } from "./frames.ts";

/** READY: what has started. */
export interface RuntimeHello {
  readonly runtime: string;
  readonly version: string;
  /** It takes PREPARE. */
  readonly prepares: boolean;
}

const helloSchema = z.object({
  protocol: z.literal(1),
  runtime: z.string().max(64),
  version: z.string().max(64),
  prepares: z.boolean().default(false),
});

const initializedSchema = z.object({
  handler: z.enum(["event", "http", "service"]),
  port: z.int().min(1).max(65_535).nullish(),
});

const failureSchema = z.object({
  kind: z.enum([
    "user",
    "handler-missing",
    "bad-result",
    "result-too-large",
    "code",
    "exit",
    "port",
    "memory",
    "start",
  ]),
  errorType: z.string(),
  message: z.string(),
  stackTrace: z.string().default(""),
});

export function parseHello(buffer: Buffer, start: number, end: number): RuntimeHello {
  return parse("READY", helloSchema, buffer, start, end);
}

export function parseInitialized(buffer: Buffer, start: number, end: number): InitOutcome {
  const { handler, port } = parse("INITIALIZED", initializedSchema, buffer, start, end);
  return { kind: "initialized", handler, port: port ?? null };
}

export function parseFailure(buffer: Buffer, start: number, end: number): RuntimeFailure {
  return parse("a failure", failureSchema, buffer, start, end);
}

function parse<Parsed>(name: string, schema: z.ZodType<Parsed>, buffer: Buffer, start: number, end: number): Parsed {
  let json: unknown;
  try {
    json = JSON.parse(buffer.toString("utf8", start, end));
  } catch (error) {
    throw new ProtocolViolation(`${name} is not JSON`, { cause: error });
  }
  const parsed = schema.safeParse(json);
  if (!parsed.success) throw new ProtocolViolation(`${name} is not as it must be: ${z.prettifyError(parsed.error)}`);
  return parsed.data;
}
