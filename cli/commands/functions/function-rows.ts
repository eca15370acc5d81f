import type { GetFunctionResponse, StatusReason } from "../../../sdk/src/index.ts";
import type { Addresses } from "../../deployment/addresses.ts";
import { functionUrlOf } from "../../deployment/function-url.ts";
import { notesOf, problemsOf } from "../../deployment/status-notes.ts";
import { withOwnPaths } from "../../own-paths.ts";
import type { Style } from "../../terminal/style.ts";
import { localTime, size } from "../../terminal/table.ts";

/** A label and its text. */
type Row = readonly [label: string, text: string];

/** What is known of a function beside its own reply. */
export interface FunctionSurroundings {
  readonly addresses: Addresses;
  /** Its runtime with the version that serves it. */
  readonly runtime: string;
  readonly versions: readonly string[];
  readonly aliases: readonly { readonly Name: string; readonly FunctionVersion: string }[];
}

/** All about a function, label by label. What it does not have, and what is as it is by default, has no row. */
export function functionRows(found: GetFunctionResponse, around: FunctionSurroundings, style: Style): Row[] {
  return [
    ...stateRows(found, style),
    ...addressRows(around.addresses),
    ...urlRows(found),
    ...programRows(found, around),
    ...settingRows(found),
    ...placeRows(found),
    ...historyRows(found, around),
  ];
}

function stateRows(found: GetFunctionResponse, style: Style): Row[] {
  const { Status: status } = found;
  return [
    ["status", status === "Active" ? style.green(status) : style.yellow(status)],
    ...notesOf(found).map((reason): Row => ["note", reason.ErrorMessage]),
    ...problemsOf(found).flatMap((reason) => problemRows(reason, style)),
  ];
}

/** A problem often ends with what a service printed: those lines stand below. */
function problemRows(reason: StatusReason, style: Style): Row[] {
  const [first = "", ...more] = withOwnPaths(reason.ErrorMessage).trimEnd().split("\n");
  return [["problem", style.red(`${first} (${reason.ErrorCode})`)], ...more.map((line): Row => ["", style.red(line)])];
}

function addressRows({ form, url, domainUrl, tlsUrl, tryIt }: Addresses): Row[] {
  return [["form", form], ...row("url", url), ...row("domain", domainUrl), ...row("with TLS", tlsUrl), ["try", tryIt]];
}

function urlRows({ Triggers: triggers }: GetFunctionResponse): Row[] {
  return triggers
    .filter((trigger) => trigger.Type === "http")
    .map((trigger): Row => {
      const { url, notes } = functionUrlOf(trigger);
      return ["function url", `${url} (${[`of ${trigger.Qualifier}`, ...notes].join(", ")})`];
    });
}

function programRows(found: GetFunctionResponse, { addresses, runtime }: FunctionSurroundings): Row[] {
  const layers = found.Layers.map(({ LayerName: name, LayerVersion: version, Status: status }) =>
    status === "Active" ? `${name} ${version}` : `${name} ${version} (${status})`,
  );
  return [
    ["handler", found.Handler === "" ? "scf_bootstrap" : found.Handler],
    ["runtime", runtime],
    ["limits", limitsOf(found, addresses.form)],
    ["code", size(found.CodeSize)],
    ...row("dependencies", found.InstallDependency === "TRUE" ? "installed by the server (InstallDependency)" : ""),
    ...row("layers", layers.join(", ")),
  ];
}

/** A service has no time limit. */
function limitsOf(found: GetFunctionResponse, form: string): string {
  const run = form.includes("service") ? "" : `, ${found.Timeout} s`;
  return `${found.MemorySize} MB${run}, start within ${found.InitTimeout} s`;
}

function settingRows(found: GetFunctionResponse): Row[] {
  const variables = (found.Environment.Variables ?? []).map(({ Key, Value }) => `${Key}=${Value ?? ""}`);
  return [
    ...row("role", found.Role),
    ...row("environment", variables.join(" ")),
    ...row("protocol", protocolOf(found)),
    ...row("concurrency", concurrencyOf(found)),
    ...row("network", found.PublicNetConfig.PublicNetStatus === "DISABLE" ? "nothing outside is reached" : ""),
    ...row("asynchronous", found.AsyncRunEnable === "TRUE" ? "AsyncRunEnable" : ""),
    ...row("tracing", found.TraceEnable === "TRUE" ? "TraceEnable" : ""),
    ...row("DNS cache", found.DnsCache === "TRUE" ? "DnsCache" : ""),
  ];
}

function protocolOf({ ProtocolType: type = "", ProtocolParams: parameters }: GetFunctionResponse): string {
  const idleS = parameters?.WSParams?.IdleTimeOut;
  if (type !== "WS") return type;
  return idleS === undefined ? "WebSocket" : `WebSocket, closed after ${idleS} s without a message`;
}

function concurrencyOf({ InstanceConcurrencyConfig: concurrency }: GetFunctionResponse): string {
  const { MaxConcurrency: most, DynamicEnabled: isDynamic } = concurrency ?? {};
  if (isDynamic === "TRUE") return "calls at a time in an instance: as the platform chooses (DynamicEnabled)";
  return most === undefined ? "" : `at most ${most} calls at a time in an instance`;
}

/** What it belongs to elsewhere. */
function placeRows(found: GetFunctionResponse): Row[] {
  const { VpcConfig: vpc, DeadLetterConfig: deadLetter, Tags: tags } = found;
  const logs = [found.ClsLogsetId, found.ClsTopicId].filter((id) => id !== "");
  return [
    ...row("private network", [vpc.VpcId, vpc.SubnetId].filter((id) => (id ?? "") !== "").join(" / ")),
    ...row("dead letters", deadLetter === undefined ? "" : `${deadLetter.Type} ${deadLetter.Name}`),
    ...row("log topic", logs.join(" / ")),
    ...row("tags", tags.map(({ Key, Value }) => `${Key}=${Value}`).join(" ")),
  ];
}

function historyRows(found: GetFunctionResponse, { versions, aliases }: FunctionSurroundings): Row[] {
  return [
    ["versions", versions.join(", ")],
    ...row("aliases", aliases.map((alias) => `${alias.Name} → ${alias.FunctionVersion}`).join(", ")),
    ["id", found.FunctionId],
    ["created", localTime(found.AddTime)],
    ["changed", localTime(found.ModTime)],
  ];
}

/** No row where there is nothing to say. */
function row(label: string, text: string | null): Row[] {
  return text === null || text === "" ? [] : [[label, text]];
}
