import { findJava, oldestJava } from "../java/find-java.ts";
import { installCommand } from "../host-programs/host-packages.ts";
import { missing, pass, type HostCheck } from "./host-check.ts";

/** What functions in Java run on; nobody else needs it, and it is large, so it is installed by those who want it alone. */
export function checkJava(): HostCheck {
  const kit = findJava();
  if (kit !== null) return pass("Java", `JDK ${kit.version}, ${kit.home}`, false);
  const found = `no JDK ${oldestJava} or newer: only functions in Java need one`;
  return missing("Java", found, installCommand(["javac"]), false);
}
