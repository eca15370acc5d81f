import { createHash } from "node:crypto";
import { GustApiError, type GustClient, type Trigger } from "../../sdk/src/index.ts";
import { failed } from "../failure.ts";
import type { ProjectFunction, ProjectTrigger } from "../project/project.ts";

interface DeployedTrigger {
  readonly name: string;
  readonly outcome: "created" | "updated" | "unchanged" | "deleted";
  /** Where requests go; null: it was deleted. */
  readonly url: string | null;
  readonly isOpen: boolean;
}

export interface DeployedTriggers {
  readonly triggers: readonly DeployedTrigger[];
  /** Names of those that somebody else made, which stay as they are. */
  readonly leftAlone: readonly string[];
}

interface DeployOptions {
  readonly client: GustClient;
  readonly signal: AbortSignal;
}

/** Tells in a trigger's Description that a deployment may take it away again. */
const madeByUs = "Made by gust deploy";
const qualifier = "$LATEST";

/** Brings the triggers of a function to the platform: only what changed is sent, and what others made stays. */
export async function deployTriggers(wanted: ProjectFunction, options: DeployOptions): Promise<DeployedTriggers> {
  if (wanted.triggers === null) return { triggers: [], leftAlone: [] };
  const step = new TriggerStep(wanted, options);
  const found = await step.list();
  const isNamed = ({ TriggerName: name, Type: type, Qualifier: of }: Trigger): boolean =>
    type === "apigw" && of === qualifier && Object.hasOwn(wanted.triggers ?? {}, name);
  const others = found.filter((one) => !isNamed(one));
  const triggers: DeployedTrigger[] = [];
  for (const one of others.filter(isOurs)) triggers.push(await step.remove(one));
  for (const [name, trigger] of Object.entries(wanted.triggers)) {
    const before = found.find((one) => isNamed(one) && one.TriggerName === name);
    triggers.push(await step.deploy(name, trigger, before));
  }
  return { triggers, leftAlone: others.filter((one) => !isOurs(one)).map((one) => one.TriggerName) };
}

function isOurs({ Description: description, Type: type }: Trigger): boolean {
  return type === "apigw" && description === madeByUs;
}

class TriggerStep {
  readonly #wanted: ProjectFunction;
  readonly #options: DeployOptions;

  constructor(wanted: ProjectFunction, options: DeployOptions) {
    this.#wanted = wanted;
    this.#options = options;
  }

  async list(): Promise<readonly Trigger[]> {
    const { client, signal } = this.#options;
    const { Triggers: triggers } = await client.request(
      "ListTriggers",
      { ...this.#target(), Limit: 1_000 },
      { signal },
    );
    return triggers;
  }

  async deploy(name: string, wanted: ProjectTrigger, before: Trigger | undefined): Promise<DeployedTrigger> {
    if (before === undefined) return this.#create(name, wanted, "created");
    if (before.AvailableStatus === "Unavailable") return this.#makeAgain(name, wanted, before);
    const found = readDesc(before);
    const hasOtherPlace =
      found.stage !== wanted.stage || (wanted.serviceId !== null && found.serviceId !== wanted.serviceId);
    if (hasOtherPlace) return this.#move(name, wanted, before);
    const isOpen = before.Enable === 1;
    const isSame =
      found.method === wanted.method &&
      found.isIntegratedResponse === wanted.isIntegratedResponse &&
      isOpen === wanted.isEnabled;
    if (isSame) return { name, outcome: "unchanged", url: found.url, isOpen };
    const change = {
      TriggerDesc: JSON.stringify({ api: apiOf(wanted) }),
      ...(isOpen === wanted.isEnabled ? {} : { Enable: enableOf(wanted) }),
    };
    await this.#send("UpdateTrigger", name, change);
    return { name, outcome: "updated", url: found.url, isOpen: wanted.isEnabled };
  }

  async remove({ TriggerName: name, Qualifier: of }: Trigger): Promise<DeployedTrigger> {
    await this.#send("DeleteTrigger", name, { Qualifier: of });
    return { name, outcome: "deleted", url: null, isOpen: false };
  }

  async #create(name: string, wanted: ProjectTrigger, outcome: "created" | "updated"): Promise<DeployedTrigger> {
    const { serviceId, stage } = wanted;
    const desc = {
      api: apiOf(wanted),
      service: serviceId === null ? { serviceName: this.#serviceName(name) } : { serviceId },
      release: { environmentName: stage },
    };
    const fields = { TriggerDesc: JSON.stringify(desc), Description: madeByUs, Enable: enableOf(wanted) };
    const { TriggerInfo: made } = await this.#send("CreateTrigger", name, fields);
    return { name, outcome, url: readDesc(Object(made)).url, isOpen: wanted.isEnabled };
  }

  /** Stage and service of a trigger cannot be changed. */
  async #move(name: string, wanted: ProjectTrigger, before: Trigger): Promise<DeployedTrigger> {
    if (!isOurs(before)) {
      throw failed(
        `${this.#wanted.name} has a trigger ${name} in another service or stage, which gust deploy did not make. Delete that first, or give another name.`,
      );
    }
    return this.#makeAgain(name, wanted, before);
  }

  /** Also where its API was deleted, of which a trigger tells nothing. */
  async #makeAgain(name: string, wanted: ProjectTrigger, before: Trigger): Promise<DeployedTrigger> {
    await this.remove(before);
    return this.#create(name, wanted, "updated");
  }

  /** The same with every deployment, and nobody else's. Functions have longer names than services. */
  #serviceName(trigger: string): string {
    const { namespace, name } = this.#wanted;
    const mark = createHash("sha256")
      .update(JSON.stringify([namespace, name, trigger]))
      .digest("hex")
      .slice(0, 8);
    return `${name.slice(0, 41)}-${mark}`;
  }

  async #send(
    action: string,
    name: string,
    fields: Readonly<Record<string, unknown>>,
  ): Promise<Record<string, unknown>> {
    const { client, signal } = this.#options;
    const key = { ...this.#target(), TriggerName: name, Type: "apigw", Qualifier: qualifier };
    try {
      return await client.call(action, { ...key, ...fields }, { signal });
    } catch (error) {
      if (!(error instanceof GustApiError)) throw error;
      const sentence = `${this.#wanted.name} is deployed, but not its trigger ${name}: ${error.message}`;
      throw failed(sentence, { code: error.code, requestId: error.requestId, cause: error });
    }
  }

  #target() {
    return { FunctionName: this.#wanted.name, Namespace: this.#wanted.namespace };
  }
}

function apiOf({ method, isIntegratedResponse }: ProjectTrigger) {
  return { requestConfig: { method }, isIntegratedResponse: isIntegratedResponse ? "TRUE" : "FALSE" };
}

function enableOf({ isEnabled }: ProjectTrigger): string {
  return isEnabled ? "OPEN" : "CLOSE";
}

/** What a reply's TriggerDesc says. */
function readDesc({ TriggerDesc: text }: Pick<Trigger, "TriggerDesc">) {
  const { api, service, release } = JSON.parse(text);
  const path = String(api.requestConfig.path).replace(/^=/, "");
  return {
    method: String(api.requestConfig.method),
    isIntegratedResponse: api.isIntegratedResponse === "TRUE",
    serviceId: String(service.serviceId),
    stage: String(release.environmentName),
    url: `${service.subDomain}/${release.environmentName}${path}`,
  };
}
