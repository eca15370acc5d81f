export { createControl, type Control, type ControlOptions } from "./control.ts";
export type { Action } from "./action.ts";
export { errorCodes, everyActionsErrors, type ErrorCode } from "./error-codes.ts";
export { absentScfActions, scfActions, scfVersion } from "./scf/catalog.ts";
