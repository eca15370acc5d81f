// Writes what follows from the declarations of the cloud API: its reference pages and the SDK's types.
// `node script/generate.ts` writes; `--check` only says (exit code 1) which files are stale.
import { spawn } from "node:child_process";
import { once } from "node:events";
import fs from "node:fs/promises";
import path from "node:path";
import { text } from "node:stream/consumers";
import { products } from "../src/control/index.ts";
import { readDeclarations } from "./generate/declarations.ts";
import { reference } from "./generate/reference.ts";
import { sdkSource, versionsSource } from "./generate/sdk.ts";

const root = path.resolve(import.meta.dirname, "..");

export interface GeneratedFile {
  /** Relative to the checkout. */
  readonly file: string;
  readonly text: string;
  /** Whether the file in the checkout is another. */
  readonly isStale: boolean;
}

/** The generated files as they have to be, formatted. */
export async function generate(): Promise<GeneratedFile[]> {
  const scf = readDeclarations(products.scf);
  return Promise.all([
    compare("docs/reference/scf.md", reference(scf)),
    compare("docs/reference/apigateway.md", reference(readDeclarations(products.apigateway))),
    compare("docs/reference/ssl.md", reference(readDeclarations(products.ssl))),
    compare("docs/reference/gust.md", reference(readDeclarations(products.gust))),
    compare("sdk/src/generated/scf.ts", sdkSource(scf)),
    compare("sdk/src/generated/product-versions.ts", versionsSource(Object.values(products))),
  ]);
}

async function compare(file: string, raw: string): Promise<GeneratedFile> {
  const [formatted, current] = await Promise.all([
    format(file, raw),
    fs.readFile(path.join(root, file), "utf8").catch(() => null),
  ]);
  return { file, text: formatted, isStale: formatted !== current };
}

/** Runs the formatter, so that generated files look like written ones. */
async function format(file: string, raw: string): Promise<string> {
  const program = path.join(root, "node_modules/.bin/oxfmt");
  const child = spawn(program, ["--stdin-filepath", file], { cwd: root, stdio: ["pipe", "pipe", "inherit"] });
  child.stdin.end(raw);
  const [formatted, [code]] = await Promise.all([text(child.stdout), once(child, "exit")]);
  if (code !== 0) throw new Error(`oxfmt failed on ${file} with exit code ${code}`);
  return formatted;
}

async function main(isCheck: boolean): Promise<void> {
  for (const { file, text: content, isStale } of await generate()) {
    if (!isStale) continue;
    if (isCheck) {
      process.exitCode = 1;
      console.error(`${file} is stale: run node script/generate.ts`);
      continue;
    }
    await fs.mkdir(path.dirname(path.join(root, file)), { recursive: true });
    await fs.writeFile(path.join(root, file), content);
    console.log(`wrote ${file}`);
  }
}

if (import.meta.main) await main(process.argv.includes("--check"));
