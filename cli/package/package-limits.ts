const MiB = 1024 * 1024;

/** Limits of the platform on a code package, known here so that nobody waits for an upload that will be refused. */
export const packageLimits = {
  zipBytes: 50 * MiB,
  unpackedBytes: 500 * MiB,
  entries: 100_000,
} as const;
