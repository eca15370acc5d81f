import { findProgram } from "../host-programs/find-program.ts";
import { installCommand, type NeededProgram } from "../host-programs/host-packages.ts";
import { missing, pass, type HostCheck } from "./host-check.ts";

/** What functions in some languages run on, and nothing else needs. */
const interpreters = [
  ["php", "PHP functions"],
  ["php-cgi", "HTTP functions in PHP"],
] as const satisfies readonly (readonly [NeededProgram, string])[];

/** Programs of this host that only functions of a language need. */
export function checkInterpreters(): HostCheck[] {
  return interpreters.map(([program, who]) => {
    const file = findProgram(program);
    if (file !== null) return pass(program, `${file}, for ${who}`, false);
    return missing(program, `not installed: ${who} do not run`, installCommand([program]), false);
  });
}
