import type { Principal } from "../core/index.ts";
import type { Action } from "./action.ts";
import { ApiError } from "./api-error.ts";

/**
 * What a function may do with the temporary credentials of its role, whatever the role is called: run functions, and read what belongs to
 * the account. This list is the whole decision until there are policies, which will take its place. An action that is not here is refused,
 * so that a new one is closed until somebody has thought about it.
 */
export const permissionsOfRoles: ReadonlySet<string> = new Set([
  "scf:Invoke",
  "scf:InvokeFunction",
  "scf:GetRequestStatus",
  "scf:GetFunctionLogs",
  "scf:GetFunction",
  "scf:GetFunctionAddress",
  "scf:ListFunctions",
  "scf:ListVersionByFunction",
  "scf:GetAlias",
  "scf:ListAliases",
  "scf:ListTriggers",
  "scf:GetCustomDomain",
  "scf:ListCustomDomains",
  "scf:GetLayerVersion",
  "scf:ListLayers",
  "scf:ListLayerVersions",
  "scf:ListNamespaces",
  "scf:GetAccount",
]);

/** Throws where the caller may not do it. The account may do everything. */
export function authorize(principal: Principal, { permission }: Pick<Action, "permission">): void {
  if (principal.kind === "account" || permissionsOfRoles.has(permission)) return;
  const { role, namespace, name } = principal;
  throw new ApiError(
    "UnauthorizedOperation",
    `The role ${JSON.stringify(role)} of the function ${namespace}/${name} does not permit ${permission}. Roles permit calling functions ` +
      "and reading the account's; policies that permit more do not exist yet. Sign with a key of the account to do this.",
  );
}
