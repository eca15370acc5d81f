import { isDeepStrictEqual } from "node:util";
import type { GetFunctionResponse } from "../../sdk/src/index.ts";
import type { Configuration } from "../project/project.ts";

/** The fields of a configuration that the platform has otherwise. */
export function changedConfiguration(wanted: Configuration, found: GetFunctionResponse): Configuration {
  const present: Record<string, unknown> = {
    Description: found.Description,
    MemorySize: found.MemorySize,
    Timeout: found.Timeout,
    InitTimeout: found.InitTimeout,
    Role: found.Role,
    Layers: (found.Layers ?? []).map(({ LayerName, LayerVersion }) => ({ LayerName, LayerVersion })),
    InstallDependency: found.InstallDependency,
    Environment: { Variables: sortedVariables(found.Environment.Variables ?? []) },
    VpcConfig: found.VpcConfig,
    ProtocolType: found.ProtocolType,
    ProtocolParams: found.ProtocolParams,
    InstanceConcurrencyConfig: found.InstanceConcurrencyConfig,
  };
  const variables = wanted.Environment?.Variables;
  const compared: Record<string, unknown> = {
    ...wanted,
    ...(variables === undefined ? {} : { Environment: { Variables: sortedVariables(variables) } }),
  };
  const changed = Object.entries(compared).filter(([key, value]) => !isDeepStrictEqual(value, plain(present[key])));
  return Object.fromEntries(changed);
}

interface Variable {
  readonly Key: string;
  readonly Value?: string | undefined;
}

function sortedVariables(variables: readonly Variable[]): { Key: string; Value: string }[] {
  return variables.map(({ Key, Value }) => ({ Key, Value: Value ?? "" })).toSorted((a, b) => (a.Key < b.Key ? -1 : 1));
}

/** Without prototypes and absent members, so that only values are compared. */
function plain(value: unknown): unknown {
  return value === undefined ? undefined : JSON.parse(JSON.stringify(value));
}
