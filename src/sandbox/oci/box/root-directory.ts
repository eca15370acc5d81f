import { chmod, cp, lstat, mkdir, readdir, readlink, symlink, writeFile } from "node:fs/promises";
import path from "node:path";
import { boxUser, insidePaths, libraryFolder } from "./box-config.ts";
import { linkSdks } from "../../packages/link-sdks.ts";
import { hasCode } from "../../process/host-processes.ts";

/** A directory of the host that boxes see, read-only, at a place of its own. */
export interface InsideDirectory {
  readonly host: string;
  readonly inside: string;
}

/** What the root of all boxes is made of. */
export interface RootParts {
  /** Made anew; must not be there. */
  readonly directory: string;
  /** The system whose `/usr` and `/etc` are used: the host's own `/`, or one that was prepared. */
  readonly base: string;
  readonly insides: readonly InsideDirectory[];
  readonly interpreter: InsideDirectory;
  /** Mounts `source` of the host, read-only, on `place`. */
  readonly bind: (source: string, place: string) => Promise<void>;
}

/** Links that lead into `/usr` on a system with merged directories, which all supported ones are. */
const mergedLinks = ["bin", "sbin", "lib", "lib32", "lib64", "libx32"] as const;

/** Configuration of the host that programs in `/usr` cannot run without; it is copied, and none of it is secret. */
const copiedConfiguration = [
  "alternatives",
  "ca-certificates.conf",
  "ld.so.cache",
  "ld.so.conf",
  "ld.so.conf.d",
  "mime.types",
  "protocols",
  "services",
  "ssl/certs",
  "ssl/openssl.cnf",
] as const;

/**
 * Makes the root file system that all boxes share, read-only: `/usr` of `base`, an `/etc` of our own, and empty places for what
 * each box gets for itself. Nothing else of the host is in it. Once per start of the server, and bound on the host: a runtime takes it over
 * with everything on it, so that no box pays for these mounts, and none needs to reach the path they come from.
 */
export async function makeRootDirectory(parts: RootParts): Promise<void> {
  const { directory, base: source, bind } = parts;
  await makeDirectories(directory, [".", "usr", "etc", "dev", "proc", "var", "run", "tmp"]);
  await makeDirectories(directory, [insidePaths.code, insidePaths.layers, boxUser.home]);
  // The linker never looks again into a directory that was not there when it looked first.
  await makeDirectories(directory, [path.join(insidePaths.layers, libraryFolder)]);
  await chmod(path.join(directory, "tmp"), 0o1777); // runc 1.1 gives a tmpfs the mode of the directory below it
  await linkMerged(source, directory);
  await writeConfiguration(path.join(source, "etc"), path.join(directory, "etc"));
  await bind(path.join(source, "usr"), path.join(directory, "usr"));
  for (const { host, inside } of parts.insides) {
    await makeDirectories(directory, [inside]);
    await bind(host, path.join(directory, inside));
  }
  await linkSdks(directory, insidePaths.languages);
  const interpreter = path.join(directory, parts.interpreter.inside);
  await mkdir(path.dirname(interpreter), { recursive: true });
  await writeFile(interpreter, "", { mode: 0o755 });
  await bind(parts.interpreter.host, interpreter);
}

async function makeDirectories(root: string, names: readonly string[]): Promise<void> {
  for (const name of names) await mkdir(path.join(root, name), { recursive: true, mode: 0o755 });
}

async function linkMerged(source: string, directory: string): Promise<void> {
  for (const name of mergedLinks) {
    const target = await readlink(path.join(source, name)).catch((error: unknown) => {
      if (hasCode(error, "ENOENT", "EINVAL")) return null; // not there, or no link
      throw error;
    });
    if (target !== null) await symlink(target.replace(/^\//, ""), path.join(directory, name));
  }
}

async function writeConfiguration(source: string, directory: string): Promise<void> {
  const files = {
    passwd: [
      "root:x:0:0:root:/:/usr/sbin/nologin",
      `${boxUser.name}:x:${boxUser.id}:${boxUser.id}::${boxUser.home}:/bin/sh`,
      "nobody:x:65534:65534:nobody:/:/usr/sbin/nologin",
    ],
    group: ["root:x:0:", `${boxUser.name}:x:${boxUser.id}:`, "nogroup:x:65534:"],
    hosts: ["127.0.0.1 localhost gust", "::1 localhost"],
    hostname: ["gust"],
    timezone: ["Etc/UTC"],
    "nsswitch.conf": ["passwd: files", "group: files", "hosts: files dns", "services: files", "protocols: files"],
    "resolv.conf": [],
  };
  for (const [name, lines] of Object.entries(files)) {
    await writeFile(path.join(directory, name), lines.map((line) => `${line}\n`).join(""));
  }
  // Without it, whoever asks for the time zone looks through all of /usr/share/zoneinfo: 6 ms of each cold start of Node.
  await symlink("/usr/share/zoneinfo/Etc/UTC", path.join(directory, "localtime"));
  const java = (await readdir(source)).filter((name) => /^java(-\d+-openjdk)?$/.test(name));
  for (const name of [...copiedConfiguration, ...java, ...(await phpExtensions(source))]) {
    await cp(path.join(source, name), path.join(directory, name), {
      recursive: true,
      verbatimSymlinks: true,
      filter: isReadableByAll,
    }).catch((error: unknown) => {
      if (!hasCode(error, "ENOENT")) throw error;
    });
  }
}

/** Where PHP reads which extensions to load, for the command line and for CGI; none of its other settings. */
async function phpExtensions(source: string): Promise<string[]> {
  const versions = (await namesIn(path.join(source, "php"))).filter((name) => /^\d+\.\d+$/.test(name));
  const folders = ["cli/conf.d", "cgi/conf.d", "mods-available"];
  return ["php.d", ...versions.flatMap((version) => folders.map((folder) => path.join("php", version, folder)))];
}

async function namesIn(directory: string): Promise<string[]> {
  return readdir(directory).catch((error: unknown) => {
    if (hasCode(error, "ENOENT")) return [];
    throw error;
  });
}

/** A file that its owner alone may read is nothing for boxes. */
async function isReadableByAll(source: string): Promise<boolean> {
  const { mode } = await lstat(source);
  return (mode & 0o004) !== 0;
}
