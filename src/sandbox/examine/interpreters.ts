import { installCommand, type NeededProgram } from "../host-programs/host-packages.ts";
import { findInRoot, lacks, type SystemRoot } from "../system-root.ts";
import { missing, pass, type HostCheck } from "./host-check.ts";

/** What functions in some languages run on, and nothing else needs. */
const interpreters = [
  ["python3", "python3", "Python functions"],
  ["php", "php-cli php-cgi", "PHP functions"],
  ["php-cgi", "php-cli php-cgi", "HTTP functions in PHP"],
] as const satisfies readonly (readonly [NeededProgram, string, string])[];

/** Programs that only functions of a language need, in the system that these see. */
export function checkInterpreters(root: SystemRoot): HostCheck[] {
  return interpreters.map(([program, packages, who]) => {
    const file = findInRoot(root, program);
    const place = root.image === null ? "" : ` of ${root.image}`;
    if (file !== null) return pass(program, `${file}${place}, for ${who}`, false);
    if (root.image !== null)
      return missing(program, `${lacks(root, program, packages)}: ${who} do not run`, null, false);
    return missing(program, `not installed: ${who} do not run`, installCommand([program]), false);
  });
}
