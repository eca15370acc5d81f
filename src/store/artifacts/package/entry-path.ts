import { PackageRefusal, shown } from "./package-refusal.ts";

/** Limits of the file systems we unpack to; the path leaves room for the data directory before it (PATH_MAX is 4096). */
const maxNameBytes = 255;
const maxPathBytes = 2048;

/**
 * Parts of an entry's path, `.` and empty ones left out; none for the root itself.
 * Throws PackageRefusal for every name that could mean a place outside the package on any system.
 */
export function parseEntryPath(name: string): readonly string[] {
  if (name === "") throw new PackageRefusal("corrupt", "The package has an entry without a name.");
  if (name.includes("\0")) throw new PackageRefusal("path-traversal", `Entry ${shown(name)} has a NUL in its name.`);
  if (name.includes("\\")) {
    throw new PackageRefusal(
      "path-traversal",
      `Entry ${shown(name)} has a backslash in its name; folders are separated by "/".`,
    );
  }
  if (name.startsWith("/") || /^[A-Za-z]:/.test(name)) {
    throw new PackageRefusal(
      "absolute-path",
      `Entry ${shown(name)} has an absolute name; names are relative to the package.`,
    );
  }
  const parts = name.split("/").filter((part) => part !== "" && part !== ".");
  if (parts.includes("..")) {
    throw new PackageRefusal(
      "path-traversal",
      `Entry ${shown(name)} has ".." in its name; it could leave the package.`,
    );
  }
  checkLength(name, parts);
  return parts;
}

function checkLength(name: string, parts: readonly string[]): void {
  const pathBytes = Buffer.byteLength(name);
  if (pathBytes > maxPathBytes) {
    throw new PackageRefusal(
      "unsupported",
      `Entry ${shown(name)} has a name of ${pathBytes} bytes; the limit is ${maxPathBytes}.`,
    );
  }
  const long = parts.find((part) => Buffer.byteLength(part) > maxNameBytes);
  if (long !== undefined) {
    throw new PackageRefusal(
      "unsupported",
      `Entry ${shown(name)} has a file name of ${Buffer.byteLength(long)} bytes; the limit is ${maxNameBytes}.`,
    );
  }
}
