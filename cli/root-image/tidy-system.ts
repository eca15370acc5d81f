import fs from "node:fs/promises";
import path from "node:path";

/** What is in a root, written into it as well. */
export interface RootManifest {
  readonly format: 1;
  readonly suite: string;
  /** Of Debian, e.g. `12.11`. */
  readonly release: string;
  readonly architecture: string;
  /** Versions by name of the package. */
  readonly packages: Readonly<Record<string, string>>;
}

/** The time of every file in an image, in seconds: the same versions of packages are to give the same bytes. */
export const imageTime = 1_577_836_800;

/** Below the root; the server reads it, and so can functions. */
const manifestPath = "usr/share/gust/root.json";

/** The rest of a root is made by the server, or is nothing for boxes. */
const keptNames = new Set(["usr", "etc", "bin", "sbin", "lib", "lib32", "lib64", "libx32"]);

/** What only the building host or a login needs. */
const droppedConfiguration =
  "shadow shadow- gshadow gshadow- passwd- group- subuid subuid- subgid subgid- machine-id hostname resolv.conf mtab .pwd.lock apt cron.daily init.d systemd".split(
    " ",
  );

/** Leaves of an installed system what boxes see, the same for the same packages, and writes down what is in it. */
export async function tidySystem(system: string, suite: string): Promise<RootManifest> {
  const manifest = await readManifest(system, suite);
  for (const name of await fs.readdir(system)) {
    if (!keptNames.has(name)) await fs.rm(path.join(system, name), { recursive: true });
  }
  for (const name of droppedConfiguration)
    await fs.rm(path.join(system, "etc", name), { recursive: true, force: true });
  for (const entry of await fs.readdir(system, { recursive: true, withFileTypes: true })) {
    if (entry.isFile()) await tidyFile(path.join(entry.parentPath, entry.name));
  }
  const file = path.join(system, manifestPath);
  await fs.mkdir(path.dirname(file), { recursive: true, mode: 0o755 });
  await fs.writeFile(file, `${JSON.stringify(manifest, null, 1)}\n`, { mode: 0o644 });
  await fs.chmod(system, 0o755);
  return manifest;
}

const anyId = 0o6000;
const permissions = 0o777;

async function tidyFile(file: string): Promise<void> {
  const { mode } = await fs.lstat(file);
  if ((mode & anyId) !== 0) await fs.chmod(file, mode & permissions); // a program is nobody else's in a box
  if (file.endsWith(".pyc")) await trustBytecode(file);
}

/** Flags of a compiled Python module, its second word: made from a source of this hash, which is compared at each import. */
const checkedHash = 3;
const uncheckedHash = 1;

/** Debian compiles modules so that each import reads and hashes the source, in an image that nobody can change. */
async function trustBytecode(file: string): Promise<void> {
  await using handle = await fs.open(file, "r+");
  const head = Buffer.alloc(8);
  await handle.read(head, 0, head.length, 0);
  if (head.readUInt32LE(4) !== checkedHash) return;
  head.writeUInt32LE(uncheckedHash, 4);
  await handle.write(head, 0, head.length, 0);
}

async function readManifest(system: string, suite: string): Promise<RootManifest> {
  const [status, release] = await Promise.all([
    fs.readFile(path.join(system, "var/lib/dpkg/status"), "utf8"),
    fs.readFile(path.join(system, "etc/debian_version"), "utf8"),
  ]);
  const installed = status.split("\n\n").filter((paragraph) => /^Status: install ok installed$/m.test(paragraph));
  const packages = installed.map((paragraph) => [field(paragraph, "Package"), field(paragraph, "Version")] as const);
  const byName = packages.toSorted(([one], [other]) => (one < other ? -1 : 1));
  const architecture = installed.map((paragraph) => field(paragraph, "Architecture")).find((name) => name !== "all");
  return {
    format: 1,
    suite,
    release: release.trim(),
    architecture: architecture ?? "all",
    packages: Object.fromEntries(byName),
  };
}

function field(paragraph: string, name: string): string {
  return new RegExp(`^${name}: (.*)$`, "m").exec(paragraph)?.[1] ?? "";
}
