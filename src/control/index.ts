export { permissionsOfRoles } from "./authorize.ts";
export type { Action } from "./action.ts";
export { createControl, type Control } from "./control.ts";
export { errorCodes, everyActionsErrors } from "./error-codes.ts";
export { absentScfActions, scfActions, scfVersion } from "./scf/catalog.ts";
