import path from "node:path";
import type { FunctionVersion } from "../../core/index.ts";
import { sdkPackageNames, siteFolder, type AssignedPaths } from "../../sandbox/index.ts";
import type { InstanceCredentials } from "../credentials/role-credentials.ts";

/** What the environment of a function says beside its own variables. */
export interface EnvironmentFacts {
  readonly appId: string;
  readonly uin: string;
  readonly region: string;
  /** Whether the sandbox has the documented file layout of its own. */
  readonly isolatesFiles: boolean;
  readonly instanceId: string;
  /** Where the API is reached from inside. */
  readonly apiUrl: string;
  /** Null: the function has no role. */
  readonly credentials: InstanceCredentials | null;
}

/**
 * The complete process environment of a function, as SCF documents it. The function's own variables
 * win over what is only customary (PATH, LANG, TZ …) and lose against what the platform vouches for.
 */
export function functionEnvironment(
  version: FunctionVersion,
  paths: AssignedPaths,
  facts: EnvironmentFacts,
): Record<string, string> {
  const own = Object.fromEntries(version.spec.environment.map(({ key, value }) => [key, value]));
  return { ...customary(version, paths, facts), ...own, ...vouchedFor(version, paths, facts) };
}

/** The variables by which a service learns its port. */
export function portEnvironment(port: number): Record<string, string> {
  return { PORT: String(port), TENCENTCLOUD_SERVER_PORT: String(port) };
}

function customary({ spec }: FunctionVersion, paths: AssignedPaths, facts: EnvironmentFacts): Record<string, string> {
  const { codeRoot, layersRoot, temporaryDirectory, interpreterDirectory } = paths;
  const { packagesDirectory } = paths;
  const builtIn = packagesDirectory === undefined ? [] : [path.join(packagesDirectory, pythonSdks)]; // last, and there or not
  const inLayers = (folder: string): string => path.join(layersRoot, folder);
  return {
    ...(spec.layers.length === 0 ? {} : { LD_LIBRARY_PATH: inLayers("lib") }),
    PATH: [interpreterDirectory, "/usr/local/bin", "/usr/bin", "/bin", inLayers("bin")].join(":"),
    PWD: codeRoot,
    HOME: facts.isolatesFiles ? "/home/qcloud" : temporaryDirectory,
    TMPDIR: temporaryDirectory,
    USER: "qcloud",
    LOGNAME: "qcloud",
    HOSTNAME: facts.instanceId,
    LANG: "en_US.UTF8",
    LC_ALL: "en_US.UTF8",
    TZ: "UTC",
    NODE_PATH: [codeRoot, path.join(codeRoot, "node_modules"), ...nodeFolders.map(inLayers)].join(":"),
    PYTHONPATH: [codeRoot, ...pythonFolders.map(inLayers), ...builtIn].join(":"),
  };
}

/** JavaScript finds its own by a folder above the code. */
const pythonSdks = path.join(sdkPackageNames.python, siteFolder);

/** Where modules are looked for in layers: as SCF does, and in the folders that layers made for AWS Lambda have. */
const nodeFolders = ["", "node_modules", "nodejs/node_modules"] as const;
const pythonFolders = ["", "python"] as const;

function vouchedFor(version: FunctionVersion, paths: AssignedPaths, facts: EnvironmentFacts): Record<string, string> {
  return {
    _SCF_SERVER_PORT: "28902",
    _HANDLER: version.spec.handler,
    USER_CODE_ROOT: `${paths.codeRoot.replace(/\/+$/, "")}/`,
    SCF_RUNTIME: version.spec.runtime,
    SCF_FUNCTIONNAME: version.name,
    SCF_FUNCTIONVERSION: version.version,
    SCF_NAMESPACE: version.namespace,
    TENCENTCLOUD_RUNENV: "SCF",
    TENCENTCLOUD_REGION: facts.region,
    TENCENTCLOUD_APPID: facts.appId,
    TENCENTCLOUD_UIN: facts.uin,
    TENCENTCLOUD_TZ: "UTC",
    GUST_API_URL: facts.apiUrl,
    ...facts.credentials?.variables(),
    ...facts.credentials?.addressVariables(facts.apiUrl),
  };
}
