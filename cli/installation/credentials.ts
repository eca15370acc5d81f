import fs from "node:fs/promises";
import path from "node:path";
import { z } from "zod";
import { CommandFailure, exitCodes, failed, isForbidden } from "../failure.ts";
import { belongsToAnother, dataDirectoryOf } from "./data-directory.ts";

const credentialsSchema = z.object({
  endpoint: z.string(),
  region: z.string().default("ap-guangzhou"),
  secretId: z.string().min(1),
  secretKey: z.string().min(1),
  token: z.string().optional(),
});

/** Where an installation answers, and the key to it. */
export type Credentials = z.infer<typeof credentialsSchema>;

/** The key that the server left in its data directory. */
export async function readCredentials(dataDirectory: string): Promise<Credentials> {
  const file = path.join(dataDirectory, "credentials.json");
  const text = await fs.readFile(file, "utf8").catch((error: unknown) => {
    throw explainUnreadable(error, dataDirectory);
  });
  return parseCredentials(text, file);
}

function parseCredentials(text: string, file: string): Credentials {
  try {
    return credentialsSchema.parse(JSON.parse(text));
  } catch (cause) {
    throw failed(`${file} does not hold credentials of a Gust.`, { cause });
  }
}

function explainUnreadable(cause: unknown, dataDirectory: string): CommandFailure {
  if (isForbidden(cause)) return belongsToAnother(dataDirectory, cause);
  const at = dataDirectory === dataDirectoryOf(undefined) ? "" : ` --data ${dataDirectory}`;
  return new CommandFailure(
    exitCodes.unreachable,
    `No Gust has run with the data directory ${dataDirectory}. Start one with \`gust up${at}\`, or name another with --data DIR.`,
    { cause },
  );
}
