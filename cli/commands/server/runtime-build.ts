import type { Command } from "commander";
import path from "node:path";
import { usage } from "../../failure.ts";
import { buildRootImage, type RootImage } from "../../root-image/build-root-image.ts";
import { newCommand, newSession, type CommonOptions, type Session } from "../../session.ts";
import { table } from "../../terminal/table.ts";

interface BuildOptions extends CommonOptions {
  readonly suite: string;
  readonly packages?: readonly string[];
  readonly mirror?: string;
  readonly output?: string;
  readonly directory?: boolean;
}

const namePattern = /^[a-z0-9][a-z0-9+.-]+$/;

/** Adds it to the group `runtime`. */
export function addRuntimeBuild(group: Command, signal: AbortSignal): void {
  const command = newCommand("build", "Builds the system that containers see, out of Debian packages (root, Debian)", [
    "runtime build",
    "runtime build --packages php-cli,php-cgi --output /srv/gust/root.erofs",
    "runtime build --json | jq -r .sha256      the same versions of packages: the same bytes",
  ]);
  command
    .option("--suite <name>", "release of Debian", "bookworm")
    .option("--packages <names>", "Debian packages beside the standard ones, separated by commas", splitNames)
    .option("--mirror <url>", "server of packages instead of Debian's own")
    .option("--output <path>", "image to make or replace (root-<suite>.erofs in the data directory)")
    .option("--directory", "make a directory instead of an image, for hosts without EROFS")
    .action(async (options: BuildOptions) => build(options, newSession(options, signal)));
  group.addCommand(command);
}

function splitNames(text: string): string[] {
  const names = text.split(",").flatMap((name) => name.trim() || []);
  const wrong = names.find((name) => !namePattern.test(name));
  if (wrong !== undefined) throw usage(`--packages: ${wrong} is no name of a Debian package`);
  return names;
}

async function build(options: BuildOptions, session: Session): Promise<void> {
  const { terminal, signal, dataDirectory } = session;
  const { suite, packages = [], mirror = null } = options;
  if (!namePattern.test(suite)) throw usage(`--suite: ${suite} is no name of a release of Debian, such as bookworm`);
  const isDirectory = options.directory === true;
  const output = path.resolve(
    options.output ?? path.join(dataDirectory, `root-${suite}${isDirectory ? "" : ".erofs"}`),
  );
  const began = performance.now();
  using progress = terminal.progress(`Building a root of Debian ${suite}`);
  const image = await buildRootImage({ suite, packages, mirror, output, isDirectory, progress, signal });
  progress[Symbol.dispose]();
  const seconds = Math.round((performance.now() - began) / 100) / 10;
  const { manifest, bytes, sha256 } = image;
  terminal.result({ output, bytes, sha256, seconds, ...manifest }, () => render(image, { output, seconds, session }));
}

function render(
  { manifest, bytes, sha256 }: RootImage,
  { output, seconds, session }: { output: string; seconds: number; session: Session },
): string {
  const { style } = session.terminal;
  const { suite, release, architecture, packages } = manifest;
  const named = ["python3", "openjdk-17-jre-headless", "php-cli"].flatMap((name) => {
    const version = packages[name];
    return version === undefined ? [] : [`${name} ${version}`];
  });
  const rows = [
    ["system", `Debian ${suite} (${release}), ${architecture}`],
    ["packages", [`${Object.keys(packages).length}`, ...named].join(", ")],
    ["size", `${(bytes / 1e6).toFixed(1)} MB`],
    ...(sha256 === null ? [] : [["sha256", sha256]]),
    ["use it", style.cyan(`GUST_SANDBOX_ROOT=${output} ${session.gust("up")}`)],
  ];
  const head = `${style.green("✔")} Built ${output} in ${seconds} s`;
  return `${head}\n${table(rows.map(([label = "", text = ""]) => [`  ${style.dim(label)}`, text]))}`;
}
