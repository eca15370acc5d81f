import { writeCodePackage, type PackageFiles } from "./code-package.ts";
import { RuntimeClient, type InitOptions } from "./runtime-client.ts";

type Form = NonNullable<InitOptions["form"]>;

interface PackageTests {
  /** Runs a test against the runtime with a code package loaded. */
  withPackage(
    files: PackageFiles,
    options: Omit<InitOptions, "codeRoot">,
    test: (client: RuntimeClient, root: string) => Promise<void>,
  ): Promise<void>;
  /** What INIT answers for a code package. */
  initFailure(files: PackageFiles, handler: string, form?: "event" | "http"): Promise<string>;
}

/** How tests run code packages on one runtime. `commandOf`: as the platform starts it for a form; `environment`: beside a test's own. */
export function packageTests(
  commandOf: (form: Form) => readonly string[],
  environment: Readonly<Record<string, string>> = {},
): PackageTests {
  return {
    async withPackage(files, options, test) {
      await using code = await writeCodePackage(files);
      await using client = new RuntimeClient(commandOf(options.form ?? "event"));
      await client.start({
        ...options,
        codeRoot: code.root,
        environment: { ...environment, ...options.environment },
      });
      await test(client, code.root);
    },
    async initFailure(files, handler, form = "event") {
      await using code = await writeCodePackage(files);
      await using client = new RuntimeClient(commandOf(form));
      await client.ready();
      const { failure } = await client.init({ codeRoot: code.root, handler, form, environment });
      return failure === undefined ? "initialized" : `${failure.kind}: ${failure.message}\n${failure.stackTrace}`;
    },
  };
}
