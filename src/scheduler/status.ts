import type { FunctionForm, FunctionId } from "../core/index.ts";
import type { SandboxCapabilities, SandboxDriver } from "../sandbox/index.ts";
import type { Capacity } from "./admission/capacity.ts";
import type { Deadlines } from "./calls/deadlines.ts";
import type { Catalog } from "./catalog/catalog.ts";
import type { Instance, InstanceState } from "./instances/instance.ts";
import type { Instances } from "./instances/instances.ts";
import type { PoolStatus, WarmPools } from "./pools/warm-pools.ts";
import type { Services } from "./services/services.ts";

/** What runs now, for `gust status`. */
export interface SchedulerStatus {
  readonly functions: number;
  readonly runningCalls: number;
  readonly concurrency: { readonly usedMb: number; readonly limitMb: number };
  /** `frozen`: those of `used` that stand still until their next call. */
  readonly instances: { readonly used: number; readonly frozen: number; readonly limit: number };
  /** By the program whose started runtimes they keep. */
  readonly pools: Readonly<Record<string, PoolStatus>>;
  readonly driver: SandboxCapabilities;
  /** One entry per served or draining revision that has instances or waiting calls. */
  readonly versions: readonly VersionStatus[];
}

interface VersionStatus {
  readonly functionId: FunctionId;
  readonly namespace: string;
  readonly name: string;
  readonly version: string;
  readonly revision: string;
  readonly form: FunctionForm;
  readonly waiting: number;
  readonly instances: Readonly<Record<InstanceState, number>>;
}

/** Counts what the parts have. */
export function readStatus(parts: {
  readonly catalog: Catalog;
  readonly capacity: Capacity;
  readonly deadlines: Deadlines;
  readonly pools: WarmPools;
  readonly driver: SandboxDriver;
  readonly instances: Instances;
  readonly services: Services;
}): SchedulerStatus {
  const { catalog, capacity, deadlines, pools, driver } = parts;
  const versions: VersionStatus[] = [];
  for (const { version, instances, starting, waiting } of [...parts.instances.all(), ...parts.services.all()]) {
    const counts = countStates(instances, starting);
    if (waiting === 0 && Object.values(counts).every((count) => count === 0)) continue;
    const { functionId, namespace, name, revision, spec } = version;
    versions.push({
      functionId,
      namespace,
      name,
      version: version.version,
      revision,
      form: spec.form,
      waiting,
      instances: counts,
    });
  }
  return {
    functions: catalog.size,
    runningCalls: deadlines.size,
    concurrency: { usedMb: capacity.memoryMb, limitMb: capacity.memoryLimitMb },
    instances: {
      used: capacity.instances,
      frozen: versions.reduce((sum, { instances }) => sum + instances.frozen, 0),
      limit: capacity.instanceLimit,
    },
    pools: pools.status(),
    driver: driver.capabilities(),
    versions,
  };
}

function countStates(instances: Iterable<Instance>, starting: number): Record<InstanceState, number> {
  const counts = { starting, ready: 0, frozen: 0, busy: 0, draining: 0, stopped: 0 };
  for (const { state } of instances) counts[state]++;
  return counts;
}
