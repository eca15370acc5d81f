import { qualifiers, type FunctionId, type FunctionVersion, type Sha256 } from "../../core/index.ts";
import type { Alias, FunctionSpec, FunctionStatus } from "../../core/index.ts";
import type { Database } from "../database/connection.ts";
import type { CatalogEntry, CatalogReader } from "../store.ts";

/** Everything the data plane has to know, in three queries whatever the number of functions. */
export function catalogReader(database: Database): CatalogReader {
  return {
    loadAll: () => load(database, null),
    load: async (functionId) => (await load(database, functionId))[0] ?? null,
  };
}

/** One snapshot: a function must not be seen with the aliases of another moment. */
function load(database: Database, functionId: FunctionId | null): Promise<CatalogEntry[]> {
  return database
    .transaction()
    .setIsolationLevel("repeatable read")
    .execute(async (transaction) => {
      const functions = await readFunctions(transaction, functionId);
      const versions = Map.groupBy(await readVersions(transaction, functionId), (row) => row.function_id);
      const aliases = Map.groupBy(await readAliases(transaction, functionId), (row) => row.function_id);
      return functions.map((row) => ({
        functionId: row.function_id as FunctionId, // brand: written from one
        namespace: row.namespace,
        name: row.name,
        status: row.status,
        domainLabel: row.domain_label,
        served: row.served === null ? null : toVersion(row, qualifiers.latest, row.served),
        versions: [
          toVersion(row, qualifiers.latest, row),
          ...(versions.get(row.function_id) ?? []).map((version) => toVersion(row, String(version.number), version)),
        ],
        aliases: (aliases.get(row.function_id) ?? []).map(toAlias),
      }));
    });
}

interface FunctionColumns extends CodeColumns {
  readonly function_id: string;
  readonly namespace: string;
  readonly name: string;
  readonly status: FunctionStatus;
  readonly domain_label: string;
  readonly served: CodeColumns | null;
}

interface CodeColumns {
  readonly revision: string;
  readonly spec: FunctionSpec;
  readonly code_sha256: string;
  readonly code_size: number;
}

const codeColumns = ["function_id", "revision", "spec", "code_sha256", "code_size"] as const;

function readFunctions(database: Database, functionId: FunctionId | null): Promise<FunctionColumns[]> {
  const query = database
    .selectFrom("functions")
    .select([...codeColumns, "namespace", "name", "status", "domain_label", "served"]);
  return (functionId === null ? query : query.where("function_id", "=", functionId)).execute();
}

function readVersions(
  database: Database,
  functionId: FunctionId | null,
): Promise<(CodeColumns & { readonly function_id: string; readonly number: number })[]> {
  const query = database
    .selectFrom("versions")
    .select([...codeColumns, "number"])
    .orderBy("number");
  return (functionId === null ? query : query.where("function_id", "=", functionId)).execute();
}

function readAliases(database: Database, functionId: FunctionId | null): Promise<(Alias & { function_id: string })[]> {
  const query = database.selectFrom("aliases").select(["function_id", "name", "version", "weighted", "matched"]);
  return (functionId === null ? query : query.where("function_id", "=", functionId)).execute();
}

function toVersion(owner: FunctionColumns, version: string, code: CodeColumns): FunctionVersion {
  return {
    functionId: owner.function_id as FunctionId, // brand: written from one
    namespace: owner.namespace,
    name: owner.name,
    version,
    revision: code.revision,
    spec: code.spec,
    codeSha256: code.code_sha256 as Sha256, // brand: written from one
    codeSize: code.code_size,
  };
}

function toAlias({ name, version, weighted, matched }: Alias): Alias {
  return { name, version, weighted, matched };
}
