import { fileURLToPath } from "node:url";
import { writeCodePackage, type PackageFiles } from "../../../tests/conformance/code-package.ts";
import { RuntimeClient, type InitOptions } from "../../../tests/conformance/runtime-client.ts";

const repository = fileURLToPath(new URL("../../../", import.meta.url));

const nodeRuntime = [process.execPath, fileURLToPath(new URL("../main.js", import.meta.url))];

/** Runs a test against the Node runtime with a code package loaded. Packages of this repository can be required. */
export async function withPackage(
  files: PackageFiles,
  options: Omit<InitOptions, "codeRoot">,
  test: (client: RuntimeClient, root: string) => Promise<void>,
): Promise<void> {
  await using code = await writeCodePackage(files);
  await using client = new RuntimeClient(nodeRuntime);
  const environment = { NODE_PATH: `${repository}node_modules`, ...options.environment };
  await client.start({ ...options, codeRoot: code.root, environment });
  await test(client, code.root);
}

/** What INIT answers for a code package. */
export async function initFailure(
  files: PackageFiles,
  handler: string,
  form: "event" | "http" = "event",
): Promise<string> {
  await using code = await writeCodePackage(files);
  await using client = new RuntimeClient(nodeRuntime);
  await client.ready();
  const { failure } = await client.init({ codeRoot: code.root, handler, form });
  return failure === undefined ? "initialized" : `${failure.kind}: ${failure.message}\n${failure.stackTrace}`;
}
