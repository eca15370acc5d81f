import { findJava, missingJava, oldestJava } from "../java/find-java.ts";
import { installCommand } from "../host-programs/host-packages.ts";
import type { SystemRoot } from "../system-root.ts";
import { missing, pass, type HostCheck } from "./host-check.ts";

/** What functions in Java run on; nobody else needs it, and it is large, so it is installed by those who want it alone. */
export function checkJava(root: SystemRoot): HostCheck {
  const kit = findJava();
  if (kit === null) {
    const found = `no JDK ${oldestJava} or newer: only functions in Java need one`;
    return missing("Java", found, installCommand(["javac"]), false);
  }
  const lacking = missingJava(root, kit);
  if (lacking !== null) return missing("Java", `${lacking}: functions in Java do not run`, null, false);
  return pass("Java", `JDK ${kit.version}, ${kit.home}`, false);
}
