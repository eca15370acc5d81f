import { existsSync, readFileSync } from "node:fs";
import { findProgram } from "./find-program.ts";

/** Programs of the host that containers need, and that functions of some languages do. */
export type NeededProgram =
  | "crun"
  | "runc"
  | "nft"
  | "ip"
  | "perl"
  | "mkfs.erofs"
  | "python3"
  | "pip"
  | "php"
  | "php-cgi"
  | "javac";

/** How distributions install, by a name of their `ID` or `ID_LIKE`. */
const distributions = [
  { names: ["debian", "ubuntu"], install: "apt-get install -y" },
  { names: ["fedora", "rhel", "centos"], install: "dnf install -y" },
  { names: ["arch"], install: "pacman -S --needed" },
  { names: ["alpine"], install: "apk add" },
  { names: ["suse", "opensuse"], install: "zypper install" },
] as const;

type Distribution = (typeof distributions)[number];
type Name = Distribution["names"][number];

/** Packages that bring a program where they are not called like it. */
const packages: Readonly<Record<NeededProgram, string>> = {
  crun: "crun",
  runc: "runc",
  nft: "nftables",
  ip: "iproute2",
  perl: "perl",
  "mkfs.erofs": "erofs-utils",
  python3: "python3",
  pip: "python3-pip",
  php: "php-cli",
  "php-cgi": "php-cgi",
  javac: "java-17-openjdk-devel",
};

const otherwise: Partial<Record<Name, Partial<Record<NeededProgram, string>>>> = {
  debian: { perl: "perl-base", javac: "openjdk-17-jdk-headless" },
  arch: { javac: "jdk17-openjdk", python3: "python", pip: "python-pip" },
  alpine: { javac: "openjdk17-jdk", pip: "py3-pip" },
  fedora: { ip: "iproute", perl: "perl-interpreter", "php-cgi": "php-cli" },
};

const releaseFiles = ["/etc/os-release", "/usr/lib/os-release"] as const;

/** What this host's distribution calls the packages that bring these programs. */
export function packagesOf(programs: readonly NeededProgram[], release = readRelease()): string[] {
  const own = otherwise[distributionOf(release)?.names[0] ?? "arch"] ?? {};
  return programs.map((program) => own[program] ?? packages[program]);
}

/** The command with which this user installs these programs here; a sentence where the distribution is unknown. */
export function installCommand(
  programs: readonly NeededProgram[],
  release = readRelease(),
  isRoot = process.getuid?.() === 0,
): string {
  const wanted = packagesOf(programs, release).join(" ");
  const distribution = distributionOf(release);
  return distribution === null
    ? `install the packages ${wanted}`
    : `${isRoot ? "" : "sudo "}${distribution.install} ${wanted}`;
}

/** Whether packages can be installed here without a question: apt-get is the only tool that this was tried with. */
export function hasAptGet(release = readRelease()): boolean {
  return distributionOf(release)?.names[0] === "debian" && findProgram("apt-get") !== null;
}

function distributionOf(release: string): Distribution | null {
  const words = [...release.matchAll(/^ID(?:_LIKE)?=(.*)$/gm)].flatMap(([, value = ""]) =>
    value.replaceAll(/["']/g, "").split(/[\s-]/),
  );
  return distributions.find(({ names }) => names.some((name) => words.includes(name))) ?? null;
}

function readRelease(): string {
  const file = releaseFiles.find((name) => existsSync(name));
  return file === undefined ? "" : readFileSync(file, "utf8");
}
