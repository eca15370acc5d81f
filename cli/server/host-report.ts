import { spawn } from "node:child_process";
import { once } from "node:events";
import path from "node:path";
import { text } from "node:stream/consumers";
import { z } from "zod";
import { failed } from "../failure.ts";

const packagesSchema = z.object({
  packages: z.array(z.string()),
  install: z.string().nullable(),
  hasAptGet: z.boolean(),
  obstacle: z.string().nullable(),
});

const reportSchema = packagesSchema.extend({
  choice: z.enum(["auto", "oci", "process"]),
  driver: z.enum(["oci", "process"]).nullable(),
  why: z.string(),
  checks: z.array(
    z.object({
      name: z.string(),
      outcome: z.enum(["pass", "missing", "untried"]),
      found: z.string(),
      mend: z.string().nullable(),
      isNeeded: z.boolean(),
    }),
  ),
});

/** Packages that containers lack on this host. */
export type MissingPackages = z.infer<typeof packagesSchema>;

/** What a server would find on this host. */
export type HostReport = z.infer<typeof reportSchema>;

const program = path.resolve(import.meta.dirname, "../../src/doctor.ts");

/** Has the platform's own code try everything that it does at a start. */
export async function readHostReport(dataDirectory: string, signal: AbortSignal): Promise<HostReport> {
  return reportSchema.parse(await runDoctor([], { GUST_DATA: dataDirectory }, signal));
}

/** A glance: nothing is tried. */
export async function readMissingPackages(
  variables: Readonly<Record<string, string>>,
  signal: AbortSignal,
): Promise<MissingPackages> {
  return packagesSchema.parse(await runDoctor(["--packages"], variables, signal));
}

/** The platform's program, started as the server is. It tidies up when it is interrupted, so its end is waited for. */
async function runDoctor(
  parameters: readonly string[],
  variables: Readonly<Record<string, string>>,
  signal: AbortSignal,
): Promise<unknown> {
  signal.throwIfAborted();
  const child = spawn(process.execPath, [program, ...parameters], {
    env: { ...process.env, ...variables },
    stdio: ["ignore", "pipe", "pipe"],
    cwd: "/",
  });
  const stop = (): void => void child.kill("SIGTERM");
  signal.addEventListener("abort", stop, { once: true });
  const [[code], output, complaint] = await Promise.all([once(child, "close"), text(child.stdout), text(child.stderr)]);
  signal.removeEventListener("abort", stop);
  signal.throwIfAborted();
  if (code === 0) return JSON.parse(output);
  const sentence = complaint.split("\n").findLast((line) => line.startsWith("gust: "));
  throw failed(sentence?.slice("gust: ".length) ?? `This host could not be examined: ${complaint.trim()}`);
}
