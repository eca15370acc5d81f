import { existsSync } from "node:fs";
import { lstat, mkdir, readFile, stat } from "node:fs/promises";
import path from "node:path";
import { PlatformError } from "../../../core/index.ts";
import { hasCode } from "../../process/host-processes.ts";
import { imageWays, mountImage } from "../code/mount-image.ts";
import type { Mounter } from "../code/mounter.ts";

/** The system whose `/usr` and `/etc` boxes see, as a directory of the host until it is disposed of. */
export interface BaseRoot extends AsyncDisposable {
  readonly directory: string;
  /** For people, a few words. */
  readonly description: string;
  /** What works less than it could, a sentence each. */
  readonly notes: readonly string[];
}

/** Written by `gust runtime build`. */
const manifestPath = "usr/share/gust/root.json";

interface Need {
  /** Any of these will do. */
  readonly files: readonly string[];
  /** Debian's package that has it. */
  readonly package: string;
}

const triplets: Readonly<Record<string, string>> = { x64: "x86_64-linux-gnu", arm64: "aarch64-linux-gnu" };

/** The platform's own Node is bound into every root, its libraries are the root's. */
const needs: readonly Need[] = [
  { files: ["usr/bin/sh"], package: "dash" },
  { files: ["usr/bin/true"], package: "coreutils" },
  { files: libraryFiles("libc.so.6"), package: "libc6" },
  { files: libraryFiles("libstdc++.so.6"), package: "libstdc++6" },
  { files: libraryFiles("libatomic.so.1"), package: "libatomic1" },
];

/** Without it, boxes run but something in them does not. */
const wishes: readonly (Need & { readonly loss: string })[] = [
  { files: ["usr/bin/python3"], package: "python3", loss: "Python functions do not start" },
  { files: ["etc/ssl/certs/ca-certificates.crt"], package: "ca-certificates", loss: "programs trust no TLS server" },
];

/** This host, or what `GUST_SANDBOX_ROOT` names: a directory or an EROFS image. Throws a PlatformError that says what is wrong with it. */
export async function openBaseRoot(
  root: string | null,
  { place, mounter }: { place: string; mounter: Mounter },
): Promise<BaseRoot> {
  if (root === null) return { directory: "/", description: "this host", notes: [], [Symbol.asyncDispose]: nothing };
  await using opened = new AsyncDisposableStack();
  const isImage = await isFile(root);
  if (isImage) {
    await mountRoot(root, { place, mounter });
    opened.defer(async () => mounter.unmount(place));
  }
  const directory = isImage ? place : root;
  await checkRoot(root, directory);
  const description = `${root} (${await describe(directory)})`;
  const notes = wishes
    .filter(({ files }) => !hasAny(directory, files))
    .map((wish) => `${wish.loss}: ${root} is without /${wish.files[0]} (package ${wish.package}).`);
  const parts = opened.move();
  return { directory, description, notes, [Symbol.asyncDispose]: async () => parts.disposeAsync() };
}

async function nothing(): Promise<void> {}

async function isFile(root: string): Promise<boolean> {
  try {
    const found = await stat(root);
    if (found.isFile()) return true;
    if (found.isDirectory()) return false;
  } catch (error) {
    if (!hasCode(error, "ENOENT", "ENOTDIR")) throw error;
    throw unusable(root, "it is not there (gust runtime build makes one)");
  }
  throw unusable(root, "it is neither a directory nor an image");
}

async function mountRoot(image: string, { place, mounter }: { place: string; mounter: Mounter }): Promise<void> {
  await mkdir(place, { mode: 0o700 });
  const failures: string[] = [];
  for (const way of imageWays) {
    try {
      return await mountImage(way, { image, place, mounter });
    } catch (error) {
      failures.push(error instanceof Error ? error.message.trim().replaceAll(/\s+/g, " ") : String(error));
    }
  }
  throw unusable(image, `it cannot be mounted as EROFS: ${failures.join("; ")}`);
}

async function checkRoot(root: string, directory: string): Promise<void> {
  const missing = needs.filter(({ files }) => !hasAny(directory, files));
  const names = missing.map((need) => `/${need.files[0]} (package ${need.package})`);
  if (missing.length > 0) throw unusable(root, `it is without ${names.join(", ")}`);
  for (const name of ["bin", "lib"]) {
    const isLink = (await lstat(path.join(directory, name)).catch(() => null))?.isSymbolicLink() === true;
    if (!isLink) throw unusable(root, `its /${name} is not a link into /usr`);
  }
}

function hasAny(directory: string, files: readonly string[]): boolean {
  return files.some((file) => existsSync(path.join(directory, file)));
}

function libraryFiles(name: string): string[] {
  const triplet = triplets[process.arch];
  return [...(triplet === undefined ? [] : [`usr/lib/${triplet}`]), "usr/lib64", "usr/lib"].map(
    (it) => `${it}/${name}`,
  );
}

async function describe(directory: string): Promise<string> {
  const text = await readFile(path.join(directory, manifestPath), "utf8").catch(() => null);
  if (text === null) return "not made by gust runtime build";
  const { suite, packages } = JSON.parse(text) as { suite: string; packages: Record<string, string> }; // what we have written
  return `Debian ${suite}, ${Object.keys(packages).length} packages`;
}

function unusable(root: string, why: string): PlatformError {
  return new PlatformError("InsufficientResources", `GUST_SANDBOX_ROOT=${root} cannot be used: ${why}`);
}
