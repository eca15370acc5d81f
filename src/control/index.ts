export { openAcme, type Acme } from "./acme/open-acme.ts";
export { permissionsOfRoles } from "./authorize.ts";
export type { Action } from "./action.ts";
export { createControl, type Control } from "./control.ts";
export { errorEnvelope } from "./envelope.ts";
export { errorCodes, everyActionsErrors } from "./error-codes.ts";
export { products, type Product } from "./products.ts";
export { scfActions } from "./scf/catalog.ts";
