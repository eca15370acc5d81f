// Written by script/generate.ts from the declarations in src/control; do not edit.

/** The products of the cloud API, each with its version. */
export const productVersions = {
  scf: "2018-04-16",
  ssl: "2019-12-05",
  apigateway: "2018-08-08",
  gust: "2026-11-24",
} as const;
