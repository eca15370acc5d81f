/** What an interpreter holds before user code does anything (measured: 11 MiB in Node 26 at READY), with room: it is not the function's. */
export const interpreterAllowanceMb = 48;

/** A runtime that closed its channel has so long to end by itself, and so keep its exit code. */
export const exitGraceMs = 1_000;
