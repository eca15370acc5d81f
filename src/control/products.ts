import type { Action } from "./action.ts";
import { absentApiGatewayActions } from "./apigateway/absent-actions.ts";
import { apiGatewayActions, apiGatewayVersion } from "./apigateway/catalog.ts";
import { exportOpenApi } from "./gust/export-openapi.ts";
import { getStatus } from "./gust/get-status.ts";
import { installRuntime, listRuntimes } from "./gust/runtimes.ts";
import { tryFunction } from "./gust/try-function.ts";
import {
  deleteCertificate,
  describeCertificate,
  describeCertificateDetail,
  describeCertificates,
  modifyCertificateAlias,
  uploadCertificate,
} from "./ssl/certificates.ts";
import { absentScfActions, scfActions, scfVersion } from "./scf/catalog.ts";

/** A part of the cloud API, chosen by `X-TC-Version`. */
export interface Product {
  readonly name: string;
  readonly version: string;
  readonly actions: ReadonlyMap<string, Action>;
  /** Known actions that are not there yet, with what they would do. */
  readonly absent: ReadonlyMap<string, string>;
}

const scf: Product = { name: "scf", version: scfVersion, actions: byName(scfActions), absent: absentScfActions };

const ssl: Product = {
  name: "ssl",
  version: "2019-12-05",
  actions: byName([
    uploadCertificate,
    describeCertificates,
    describeCertificate,
    describeCertificateDetail,
    modifyCertificateAlias,
    deleteCertificate,
  ]),
  absent: new Map([
    ["ApplyCertificate", "Certificates are obtained by ACME for custom domains that ask for it, not for any domain"],
    ["DescribeCertificateBindResourceTaskResult", "What uses a certificate is said when it is to be deleted"],
    ["DownloadCertificate", "DescribeCertificateDetail gives the chain and the key as PEM"],
    ["DeleteCertificates", "DeleteCertificate deletes one at a time"],
    ["UpdateCertificateInstance", "UpdateCustomDomain gives a domain another certificate"],
  ]),
};

const apigateway: Product = {
  name: "apigateway",
  version: apiGatewayVersion,
  actions: byName(apiGatewayActions),
  absent: absentApiGatewayActions,
};

/** What Tencent's API has no action for. */
const gust: Product = {
  name: "gust",
  version: "2026-11-24",
  actions: byName([getStatus, listRuntimes, installRuntime, tryFunction, exportOpenApi]),
  absent: new Map(),
};

export const products = { scf, ssl, apigateway, gust } as const;

const byVersion = new Map<string, Product>(Object.values(products).map((product) => [product.version, product]));

/** Null: this server has no product of that version. */
export function findProduct(version: string): Product | null {
  return byVersion.get(version) ?? null;
}

function byName(actions: readonly Action[]): ReadonlyMap<string, Action> {
  return new Map(actions.map((action) => [action.name, action]));
}
