import type { PackageStatus } from "../../sandbox/index.ts";

/** Packages of runtimes of which everything is there, unless a test says otherwise. */
export class FakePackages {
  readonly directory = "/packages/installed";
  readonly missing = new Set<string>();
  /** What a test does instead of fetching. */
  fetch: (name: string) => Promise<void> = () => Promise.resolve();

  isInstalled(name: string): boolean {
    return !this.missing.has(name);
  }

  find(name: string): { title: string; origin: string } {
    return { title: `The package ${name}`, origin: `registry: ${name}@1.0.0` };
  }

  async install(name: string): Promise<void> {
    await this.fetch(name);
    this.missing.delete(name);
  }

  list(): PackageStatus[] {
    return [];
  }
}
