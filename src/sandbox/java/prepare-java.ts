import { PlatformError } from "../../core/index.ts";
import { installCommand } from "../host-programs/host-packages.ts";
import { buildJavaRuntime } from "./build-runtime.ts";
import { findJava, oldestJava, type JavaKit } from "./find-java.ts";
import { javaCommand } from "./java-command.ts";

/** The command that starts the Java runtime, which is compiled first where it is not yet. Throws a PlatformError that says what is missing. */
export async function prepareJava(
  directory: string,
  options: { signal: AbortSignal },
  kit: JavaKit | null = findJava(),
): Promise<readonly string[]> {
  if (kit === null) {
    throw new PlatformError(
      "InstanceStartFailed",
      `Java functions need a JDK ${oldestJava} or newer on this host (${installCommand(["javac"])}), and there is none`,
    );
  }
  return javaCommand(kit, await buildJavaRuntime(kit, directory, options));
}
