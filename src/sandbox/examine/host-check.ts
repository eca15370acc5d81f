import { systemRequirements } from "../oci/host/check-system.ts";

/** What was found about one thing on this host. */
export interface HostCheck {
  readonly name: string;
  /** `untried`: something before it is missing. */
  readonly outcome: "pass" | "missing" | "untried";
  /** For people, in a few words. */
  readonly found: string;
  /** The command that mends it; null: it is fine, or there is none. */
  readonly mend: string | null;
  /** Whether containers cannot be used without it. */
  readonly isNeeded: boolean;
}

/** How commands are to be written for this user, so that they can be copied. */
type AsRoot = (command: string) => string;

export function pass(name: string, found: string, isNeeded = true): HostCheck {
  return { name, outcome: "pass", found, mend: null, isNeeded };
}

export function missing(name: string, found: string, mend: string | null, isNeeded = true): HostCheck {
  return { name, outcome: "missing", found, mend, isNeeded };
}

export function untried(name: string, why: string): HostCheck {
  return { name, outcome: "untried", found: why, mend: null, isNeeded: true };
}

/** What containers need of a system, as a server looks at it before it tries anything. */
export function checkSystemParts(): HostCheck[] {
  return Object.entries(systemRequirements).map(([name, look]) => {
    if (process.platform !== "linux" && name !== "system") return untried(name, "needs Linux");
    const finding = look();
    return finding.isFine ? pass(name, finding.found) : missing(name, finding.found, finding.mend);
  });
}

export const asRoot: AsRoot = (command) => (process.getuid?.() === 0 ? command : `sudo ${command}`);
