import { z } from "zod";
import { limits } from "../../../core/index.ts";
import type { Store } from "../../../store/index.ts";
import { defineAction } from "../../action.ts";

const count = (sentence: string) => z.int().describe(sentence);

const namespaceUsage = z
  .object({
    Namespace: z.string().describe("Name of the namespace"),
    Functions: z.array(z.string()).describe("Names of its functions"),
    FunctionsCount: count("How many functions it has"),
    TotalConcurrencyMem: count("Concurrency of the account in MB; namespaces share it"),
    TotalAllocatedConcurrencyMem: count("Reserved concurrency in MB; 0: not available yet"),
    TotalAllocatedProvisionedMem: count("Provisioned concurrency in MB; 0: not available yet"),
  })
  .meta({ id: "NamespaceUsage" });

const usage = z
  .object({
    NamespacesCount: count("How many namespaces there are"),
    Namespace: z.array(namespaceUsage).describe("The namespaces"),
    TotalConcurrencyMem: count("Concurrency of the account in MB"),
    TotalAllocatedConcurrencyMem: count("Reserved concurrency in MB; 0: not available yet"),
    UserConcurrencyMemLimit: count("Concurrency of the account in MB"),
  })
  .meta({ id: "UsageInfo" });

const triggerKinds = ["Cos", "Timer", "Cmq", "Ckafka", "Apigw", "Cls", "Clb", "Mps", "Cm", "Vod", "Eb"] as const;
const triggersPerKind = 10;

const triggerCount = z
  .object(Object.fromEntries(["Total", ...triggerKinds].map((kind) => [kind, count("Triggers of a function at most")])))
  .meta({ id: "TriggerCount" });

const namespaceLimit = z
  .object({
    Namespace: z.string().describe("Name of the namespace"),
    FunctionsCount: count("Functions at most"),
    Trigger: triggerCount.describe("Triggers of a function at most; triggers are not available yet"),
    ConcurrentExecutions: count("Calls at a time of functions of 1280 MB, as Tencent counts them"),
    TimeoutLimit: count("Highest `Timeout` in s"),
    InitTimeoutLimit: count("Highest `InitTimeout` in s"),
    TestModelLimit: count("Test events at most"),
    RetryNumLimit: count("Retries of an asynchronous event at most"),
    MinMsgTTL: count("Shortest life of an asynchronous event in s"),
    MaxMsgTTL: count("Longest life of an asynchronous event in s"),
  })
  .meta({ id: "NamespaceLimit" });

const limitsShape = z
  .object({
    NamespacesCount: count("Namespaces at most"),
    Namespace: z.array(namespaceLimit).describe("Limits of each namespace"),
  })
  .meta({ id: "LimitsInfo" });

export const getAccount = defineAction({
  name: "GetAccount",
  group: "Account",
  summary: "Tells usage and limits of the account.",
  input: z.object({}),
  output: z.object({
    AccountUsage: usage.describe("What is used"),
    AccountLimit: limitsShape.describe("What may be used"),
  }),
  permission: "scf:GetAccount",
  errors: [],
  async handle(_given, { store }) {
    const names = (await store.namespaces.list()).map(({ name }) => name);
    const used = await Promise.all(names.map((name) => usageOf(name, store)));
    return {
      AccountUsage: {
        NamespacesCount: names.length,
        Namespace: used,
        TotalConcurrencyMem: limits.concurrencyMemoryMb,
        TotalAllocatedConcurrencyMem: 0,
        UserConcurrencyMemLimit: limits.concurrencyMemoryMb,
      },
      AccountLimit: { NamespacesCount: limits.namespaces, Namespace: names.map(limitsOf) },
    };
  },
});

async function usageOf(namespace: string, store: Store): Promise<z.input<typeof namespaceUsage>> {
  const { total, functions } = await store.functions.list({
    namespace,
    orderBy: "name",
    order: "asc",
    offset: 0,
    limit: limits.functionsPerNamespace,
  });
  return {
    Namespace: namespace,
    Functions: functions.map(({ name }) => name),
    FunctionsCount: total,
    TotalConcurrencyMem: limits.concurrencyMemoryMb,
    TotalAllocatedConcurrencyMem: 0,
    TotalAllocatedProvisionedMem: 0,
  };
}

function limitsOf(namespace: string): z.input<typeof namespaceLimit> {
  return {
    Namespace: namespace,
    FunctionsCount: limits.functionsPerNamespace,
    Trigger: {
      Total: triggerKinds.length * triggersPerKind,
      ...Object.fromEntries(triggerKinds.map((kind) => [kind, triggersPerKind])),
    },
    ConcurrentExecutions: limits.concurrencyMemoryMb / 1_280,
    TimeoutLimit: limits.timeoutS.max,
    InitTimeoutLimit: limits.initTimeoutS.max,
    TestModelLimit: 20,
    RetryNumLimit: limits.async.retries,
    MinMsgTTL: limits.async.minTtlS,
    MaxMsgTTL: limits.async.maxTtlS,
  };
}
