import path from "node:path";

/** A function as a project asks for it. */
export interface ProjectFunction {
  readonly namespace: string;
  readonly name: string;
  readonly type: "Event" | "HTTP" | "Service";
  readonly runtime: string;
  /** Absent where the package starts itself: `scf_bootstrap`, `bootstrap`. */
  readonly handler?: string;
  readonly code: CodeSource;
  /** Fields of the API that the project sets; what it does not name is left as it is. */
  readonly configuration: Configuration;
  /** By their names; null: the project says nothing of triggers, and all stay as they are. */
  readonly triggers: Readonly<Record<string, ProjectTrigger>> | null;
}

/** A trigger that makes an API of the API gateway. */
export interface ProjectTrigger {
  readonly kind: "apigw";
  readonly stage: "test" | "prepub" | "release";
  readonly method: string;
  readonly isIntegratedResponse: boolean;
  /** Null: a service of its own. */
  readonly serviceId: string | null;
  readonly isEnabled: boolean;
}

export interface CodeSource {
  /** Absolute path of a directory, a file or a zip. */
  readonly path: string;
  /** Rules of what stays out of the package, if the file exists. */
  readonly ignoreFile?: string;
  /** More such rules. */
  readonly leaveOut?: readonly string[];
  /** Command that starts the service, when the package has no `scf_bootstrap` of its own. */
  readonly startCommand?: string;
}

export interface Configuration {
  readonly Description?: string;
  readonly MemorySize?: number;
  readonly Timeout?: number;
  readonly InitTimeout?: number;
  readonly Role?: string;
  readonly Layers?: readonly { readonly LayerName: string; readonly LayerVersion: number }[];
  readonly InstallDependency?: "TRUE" | "FALSE";
  readonly Environment?: { readonly Variables: { readonly Key: string; readonly Value: string }[] };
  readonly VpcConfig?: { readonly VpcId: string; readonly SubnetId: string };
  readonly ProtocolType?: string;
  readonly ProtocolParams?: { readonly WSParams: { readonly IdleTimeOut: number } };
  readonly InstanceConcurrencyConfig?: { readonly DynamicEnabled: string; readonly MaxConcurrency?: number };
}

/** What a directory holds, whether its project file says so or we recognised it. */
export interface Project {
  readonly directory: string;
  readonly functions: readonly ProjectFunction[];
  /** What a person should know, e.g. triggers that are not made. */
  readonly warnings: readonly string[];
  /** Says what the directory was taken for; null when a project file says it. */
  readonly recognised: string | null;
}

export const projectFileNames = ["template.yaml", "template.yml"] as const;
/**
 * Rules that keep out of a package what says how it is deployed, where it lies beside the code: no function reads it, and a
 * new Timeout is no new code.
 */
export function projectFileRules(directory: string, codePath: string): readonly string[] {
  if (path.relative(directory, codePath) !== "") return [];
  return [...projectFileNames, "serverless.yml", "serverless.yaml"].map((name) => `/${name}`);
}

/** Served by the platform's own Node.js. */
export const defaultRuntime = "Nodejs26";
/** Likewise for Python, which is the host's own; a deployment says which one that is. */
export const defaultPythonRuntime = "Python3.10";
/** And for PHP. */
export const defaultPhpRuntime = "Php8.0";
export const bootstrapName = "scf_bootstrap";
/** Program of an event function in any language. */
export const eventBootstrapName = "bootstrap";
/** Runtime of functions that are programs of their own. */
export const programRuntime = "CustomRuntime";
