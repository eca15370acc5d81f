import { existsSync, statSync } from "node:fs";
import { GustApiError, type GetFunctionResponse, type GustClient } from "../../sdk/src/index.ts";
import { failed } from "../failure.ts";
import type { PackedCode } from "../package/pack-source.ts";
import { missingProtocol } from "../project/missing-protocol.ts";
import { missingPackages } from "../dependencies/missing-packages.ts";
import { missingRequirements } from "../dependencies/missing-requirements.ts";
import type { Configuration, ProjectFunction } from "../project/project.ts";
import { size } from "../terminal/table.ts";
import type { Terminal } from "../terminal/terminal.ts";
import { formOf } from "./function-form.ts";
import { changedConfiguration } from "./compare-configuration.ts";
import { installDependencies } from "../dependencies/install-dependencies.ts";
import { findFunction, waitUntilSettled } from "./function-state.ts";
import { packageCode } from "./package-code.ts";
import { problemsOf } from "./status-notes.ts";
import { explainProblems } from "./status-problems.ts";

export interface Deployed {
  readonly outcome: "created" | "updated" | "unchanged";
  /** What was sent: `code`, `configuration`, both or nothing. */
  readonly changes: readonly ("code" | "configuration")[];
  readonly function: GetFunctionResponse;
  readonly codeSize: number;
}

interface DeployOptions {
  readonly client: GustClient;
  readonly terminal: Terminal;
  readonly signal: AbortSignal;
  /** Hears what a person should know before the first call. */
  readonly warn: (sentence: string) => void;
}

/** Brings one function of a project to the platform: only what changed is sent, and it answers when this resolves. */
export async function deployFunction(wanted: ProjectFunction, options: DeployOptions): Promise<Deployed> {
  const { terminal, signal, client, warn } = options;
  const found = await findFunction(client, wanted, signal);
  const isOnServer = (wanted.configuration.InstallDependency ?? found?.InstallDependency) === "TRUE";
  if (!isOnServer && existsSync(wanted.code.path) && statSync(wanted.code.path).isDirectory()) {
    await installDependencies(wanted.code.path, { terminal, signal });
    for (const sentence of await missingPackages(wanted)) warn(sentence);
    for (const sentence of await missingRequirements(wanted)) warn(sentence);
  }
  const protocol = wanted.configuration.ProtocolType ?? found?.ProtocolType;
  for (const sentence of await missingProtocol(wanted, protocol)) warn(sentence);
  using progress = terminal.progress(`Deploying ${wanted.name}`);
  const packed = await packageCode(wanted.code, {
    signal,
    leaveOut: isOnServer ? ["/node_modules"] : [],
    onProgress: ({ doneBytes, totalBytes }) => progress.update(`packing ${size(doneBytes)} of ${size(totalBytes)}`),
  });
  const step = new DeploymentStep(wanted, packed, { ...options, update: (text) => progress.update(text) });
  const deployed = found === null ? await step.create() : await step.update(found);
  explainProblems(deployed.function);
  return deployed;
}

class DeploymentStep {
  readonly #wanted: ProjectFunction;
  readonly #packed: PackedCode;
  readonly #options: DeployOptions & { readonly update: (text: string) => void };

  constructor(
    wanted: ProjectFunction,
    packed: PackedCode,
    options: DeployOptions & { readonly update: (text: string) => void },
  ) {
    this.#wanted = wanted;
    this.#packed = packed;
    this.#options = options;
  }

  async create(): Promise<Deployed> {
    const { namespace, type, runtime, configuration, handler } = this.#wanted;
    await this.#ensureNamespace(namespace);
    await this.#send("CreateFunction", {
      ...configuration,
      Type: type,
      Runtime: runtime,
      ...(handler === undefined ? {} : { Handler: handler }),
      Code: { ZipFile: this.#packed.zip.toString("base64") },
    });
    return this.#result("created", ["code", "configuration"], await this.#settled());
  }

  async update(found: GetFunctionResponse): Promise<Deployed> {
    this.#requireSameKind(found);
    const settled = found.Status.endsWith("ing") ? await this.#settled() : found;
    const configuration = changedConfiguration(this.#wanted.configuration, settled);
    const hasConfiguration = Object.keys(configuration).length > 0;
    const hasCode = hasProblem(settled) || (await this.#codeDiffers(settled));
    if (!hasCode && !hasConfiguration) return this.#result("unchanged", [], settled);
    let last = settled;
    // with the new code, not for the old one
    const { InstallDependency: install, ...rest } = configuration;
    const first = hasCode ? rest : configuration;
    if (Object.keys(first).length > 0) last = await this.#updateConfiguration(first);
    if (hasCode) last = await this.#updateCode(install);
    const changes = [...(hasCode ? ["code" as const] : []), ...(hasConfiguration ? ["configuration" as const] : [])];
    return this.#result("updated", changes, last);
  }

  async #updateConfiguration(configuration: Configuration): Promise<GetFunctionResponse> {
    const { ProtocolType: protocol } = configuration;
    if (protocol !== undefined) {
      throw failed(
        `${this.#wanted.name} exists without ProtocolType ${protocol}, which cannot be changed. Delete it first.`,
      );
    }
    this.#options.update("updating the configuration");
    await this.#send("UpdateFunctionConfiguration", configuration);
    return this.#settled();
  }

  async #updateCode(install: Configuration["InstallDependency"]): Promise<GetFunctionResponse> {
    const { handler } = this.#wanted;
    await this.#send("UpdateFunctionCode", {
      ...(handler === undefined ? {} : { Handler: handler }),
      ...(install === undefined ? {} : { InstallDependency: install }),
      Code: { ZipFile: this.#packed.zip.toString("base64") },
    });
    return this.#settled();
  }

  async #codeDiffers(found: GetFunctionResponse): Promise<boolean> {
    const { handler } = this.#wanted;
    if (handler !== undefined && handler !== found.Handler) return true;
    const { CodeSha256: present } = await this.#options.client.request(
      "GetFunctionAddress",
      { FunctionName: this.#wanted.name, Namespace: this.#wanted.namespace },
      { signal: this.#options.signal },
    );
    return present !== this.#packed.sha256;
  }

  #requireSameKind({ Type: type, Runtime: runtime }: GetFunctionResponse): void {
    const { name, type: wantedType, runtime: wantedRuntime } = this.#wanted;
    const change = [
      ...(type === wantedType ? [] : [`type ${type}, and the project says ${wantedType}`]),
      ...(runtime === wantedRuntime ? [] : [`runtime ${runtime}, and the project says ${wantedRuntime}`]),
    ];
    if (change.length === 0) return;
    throw failed(
      `${name} exists with ${change.join("; ")}. Neither can be changed: delete it first (gust delete ${name}), or give another name with --name.`,
    );
  }

  async #ensureNamespace(namespace: string): Promise<void> {
    if (namespace === "default") return;
    try {
      await this.#options.client.request("CreateNamespace", { Namespace: namespace });
    } catch (error) {
      if (!(error instanceof GustApiError && error.code === "ResourceInUse.Namespace")) throw error;
    }
  }

  async #send(action: string, fields: Readonly<Record<string, unknown>> | Configuration): Promise<void> {
    const { client, signal, update } = this.#options;
    const target = { FunctionName: this.#wanted.name, Namespace: this.#wanted.namespace };
    await client.call(
      action,
      { ...target, ...fields },
      { signal, onUpload: (sent, total) => update(`uploading ${size(sent)} of ${size(total)}`) },
    );
  }

  #settled(): Promise<GetFunctionResponse> {
    const { client, signal, update } = this.#options;
    const onWaiting = (found: GetFunctionResponse, waitedMs: number): void => update(waitingFor(found, waitedMs));
    return waitUntilSettled(client, this.#wanted, { signal, onWaiting });
  }

  #result(outcome: Deployed["outcome"], changes: Deployed["changes"], found: GetFunctionResponse): Deployed {
    return { outcome, changes, function: found, codeSize: this.#packed.zip.length };
  }
}

/** What keeps it from being settled: only a build, which tells how it goes on, and a server's start take longer than a moment. */
function waitingFor(found: GetFunctionResponse, waitedMs: number): string {
  const [progress] = found.StatusReasons;
  if (progress !== undefined) return progress.ErrorMessage;
  if (formOf(found) !== "service")
    return `${found.Status === "Creating" ? "creating" : "updating"}, waiting until it is active`;
  return `waiting for its server to listen, ${Math.floor(waitedMs / 1_000)} of ${found.InitTimeout} s (InitTimeout)`;
}

/** It failed, or a service does not start: what is deployed again is tried again. */
function hasProblem(found: GetFunctionResponse): boolean {
  return found.Status.endsWith("Failed") || problemsOf(found).length > 0;
}
