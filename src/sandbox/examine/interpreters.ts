import { existsSync, readdirSync } from "node:fs";
import path from "node:path";
import { installCommand, type NeededProgram } from "../host-programs/host-packages.ts";
import { findInRoot, lacks, type SystemRoot } from "../system-root.ts";
import { missing, pass, type HostCheck } from "./host-check.ts";

/** What functions in some languages run on, and nothing else needs. */
const interpreters = [
  ["python3", "python3", "Python functions"],
  ["php", "php-cli php-cgi", "PHP functions"],
  ["php-cgi", "php-cli php-cgi", "HTTP functions in PHP"],
] as const satisfies readonly (readonly [NeededProgram, string, string])[];

/** Where Debian keeps pip for virtual environments: builds take that one, too. */
const wheels = "usr/share/python-wheels";

/** Programs that only functions of a language need, in the system that these see. npm and node of builds are the platform's own. */
export function checkInterpreters(root: SystemRoot): HostCheck[] {
  return [...checkPrograms(root), checkPip(root)];
}

function checkPip(root: SystemRoot): HostCheck {
  const who = "InstallDependency of Python functions";
  const directory = path.join(root.directory, wheels);
  const wheel = existsSync(directory) ? readdirSync(directory).find((name) => /^pip-.*\.whl$/.test(name)) : undefined;
  const found = findInRoot(root, "pip3") ?? (wheel === undefined ? null : `/${wheels}/${wheel}`);
  if (found !== null) return pass("pip", `${found}, for ${who}`, false);
  const mend = root.image === null ? installCommand(["pip"]) : null;
  const lacking = root.image === null ? "not installed" : lacks(root, "pip", "python3-pip");
  return missing("pip", `${lacking}: ${who} fails`, mend, false);
}

function checkPrograms(root: SystemRoot): HostCheck[] {
  return interpreters.map(([program, packages, who]) => {
    const file = findInRoot(root, program);
    const place = root.image === null ? "" : ` of ${root.image}`;
    if (file !== null) return pass(program, `${file}${place}, for ${who}`, false);
    if (root.image !== null)
      return missing(program, `${lacks(root, program, packages)}: ${who} do not run`, null, false);
    return missing(program, `not installed: ${who} do not run`, installCommand([program]), false);
  });
}
