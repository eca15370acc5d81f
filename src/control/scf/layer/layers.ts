import { z } from "zod";
import { limits } from "../../../core/index.ts";
import type { LayerVersionRecord } from "../../../store/index.ts";
import { defineAction } from "../../action.ts";
import { ApiError } from "../../api-error.ts";
import { downloadPath } from "../../download-link.ts";
import { broken } from "../../request/validate.ts";
import { description, layerName, layerVersion, limit, offset, shortText } from "../fields.ts";
import { code, storePackage, zipOf } from "../function/code-package.ts";
import { layerVersionInfo } from "../replies.ts";
import { tags } from "../structures.ts";
import { formatTime } from "../time.ts";
import { findLayerVersion, layerMissing } from "./layer-uses.ts";

/** Of SCF, those too that functions here cannot have: a layer may be published for later, or moved with its list as it is. */
const runtimePattern =
  /^(?:Nodejs\d{1,2}(?:\.\d{1,2})?|Python\d\.\d{1,2}|Php\d(?:\.\d)?|Java\d{1,2}|Go1|CustomRuntime)$/;
const maxRuntimes = 50;

const runtimeName = z
  .string()
  .refine(
    (name) => runtimePattern.test(name),
    broken("InvalidParameterValue.CompatibleRuntimes", "must be names of runtimes, e.g. Nodejs18.15 or Python3.10"),
  );

const layerErrors = ["InvalidParameterValue.LayerName", "ResourceNotFound.Layer"] as const;

export const publishLayerVersion = defineAction({
  name: "PublishLayerVersion",
  group: "Layers",
  summary: "Publishes the next version of a layer: 1, 2, …; the first makes the layer. A version never changes.",
  input: z.object({
    LayerName: layerName,
    CompatibleRuntimes: z
      .array(runtimeName)
      .refine(
        (names) => names.length >= 1 && names.length <= maxRuntimes,
        broken("InvalidParameterValue.CompatibleRuntimes", `must be 1–${maxRuntimes} runtimes`),
      )
      .describe("Runtimes of functions that can have the layer, e.g. `Nodejs26`, `Python3.10`"),
    Content: code.describe("The content: exactly one source; it is seen at `/opt`"),
    Description: description.optional().describe("Description of the version, at most 1000 characters"),
    LicenseInfo: shortText("InvalidParameterValue", 1024).optional().describe("License of the content"),
    Tags: tags.optional().describe("Tags"),
  }),
  output: z.object({ LayerVersion: z.int().describe("Number of the version") }),
  permission: "scf:PublishLayerVersion",
  errors: [
    "InvalidParameterValue.LayerName",
    "InvalidParameterValue.CompatibleRuntimes",
    "InvalidParameterValue.Content",
    "InvalidParameterValue.Description",
    "InvalidParameterValue.ZipFile",
    "InvalidParameterValue.ZipFileBase64BinasciiError",
    "LimitExceeded.Layers",
    "LimitExceeded.LayerVersions",
    "UnsupportedOperation",
  ],
  async handle(given, context) {
    const zip = zipOf(given.Content, { field: "Content", code: "InvalidParameterValue.Content" });
    if (zip === undefined) {
      throw new ApiError("InvalidParameterValue.Content", "Content names no source; send ZipFile.");
    }
    await using stored = await storePackage(zip, limits.package.zipBytes, context);
    const { codeSha256, codeSize, listing } = stored;
    const layer = {
      name: given.LayerName,
      description: given.Description ?? "",
      license: given.LicenseInfo ?? "",
      compatibleRuntimes: [...new Set(given.CompatibleRuntimes)],
      tags: given.Tags ?? [],
      codeSha256,
      codeSize,
      unpackedBytes: listing.unpackedBytes,
    };
    stored.markUsed(); // before the write: when its outcome stays unknown, the package has to be there
    const most = { layers: limits.layerNames, versions: limits.versionsPerLayer };
    const outcome = await context.store.layers.publish(layer, most);
    if (outcome.kind === "published") return { LayerVersion: outcome.version };
    if (outcome.kind === "too-many-versions") {
      throw new ApiError(
        "LimitExceeded.LayerVersions",
        `Layer ${layer.name} has ${most.versions} versions, as many as it may; delete one.`,
      );
    }
    throw new ApiError("LimitExceeded.Layers", `There are ${most.layers} layers, as many as there may be; delete one.`);
  },
});

export const getLayerVersion = defineAction({
  name: "GetLayerVersion",
  group: "Layers",
  summary: "Tells about a version of a layer, with a link under which its content can be downloaded for 10 minutes.",
  input: z.object({ LayerName: layerName, LayerVersion: layerVersion }),
  output: z.object({
    LayerName: z.string().describe("Name of the layer"),
    LayerVersion: z.int().describe("Version of the layer"),
    Status: z.string().describe("`Active`"),
    CompatibleRuntimes: z.array(z.string()).describe("Runtimes of functions that can have it"),
    CodeSha256: z.string().describe("SHA-256 of the content, 64 hex digits"),
    Location: z.string().describe("The link; it needs no signature of its own"),
    AddTime: z.string().describe("When it was published, Asia/Shanghai"),
    Description: z.string().describe("Description"),
    LicenseInfo: z.string().describe("License"),
  }),
  permission: "scf:GetLayerVersion",
  errors: [...layerErrors, "ResourceNotFound.LayerVersion"],
  async handle(given, context) {
    const layer = await findLayerVersion(context, given.LayerName, given.LayerVersion);
    const download = { name: `${layer.name}-${layer.version}`, sha256: layer.codeSha256 };
    return {
      LayerName: layer.name,
      LayerVersion: layer.version,
      Status: "Active",
      CompatibleRuntimes: [...layer.compatibleRuntimes],
      CodeSha256: layer.codeSha256,
      Location: context.origin + downloadPath(download, context.account, context.clock),
      AddTime: formatTime(layer.addTime),
      Description: layer.description,
      LicenseInfo: layer.license,
    };
  },
});

export const listLayers = defineAction({
  name: "ListLayers",
  group: "Layers",
  summary: "Lists the layers, each with its latest version; the one published last comes first.",
  input: z.object({
    CompatibleRuntime: runtimeName.optional().describe("Only layers, and versions of them, for this runtime"),
    Offset: offset,
    Limit: limit(100),
    SearchKey: shortText("InvalidParameterValue.SearchKey").optional().describe("Part of the name"),
  }),
  output: z.object({
    Layers: z.array(layerVersionInfo).describe("The layers"),
    TotalCount: z.int().describe("How many there are without `Offset` and `Limit`"),
  }),
  permission: "scf:ListLayers",
  errors: [
    "InvalidParameterValue.CompatibleRuntimes",
    "InvalidParameterValue.Offset",
    "InvalidParameterValue.Limit",
    "InvalidParameterValue.SearchKey",
  ],
  async handle(given, context) {
    const { total, layers } = await context.store.layers.list({
      ...(given.SearchKey === undefined ? {} : { nameContains: given.SearchKey }),
      ...(given.CompatibleRuntime === undefined ? {} : { compatibleRuntime: given.CompatibleRuntime }),
      offset: given.Offset,
      limit: given.Limit,
    });
    return { Layers: layers.map(layerInfo), TotalCount: total };
  },
});

export const listLayerVersions = defineAction({
  name: "ListLayerVersions",
  group: "Layers",
  summary: "Lists the versions of a layer, the latest first.",
  input: z.object({
    LayerName: layerName,
    CompatibleRuntime: z.array(runtimeName).optional().describe("Only versions for one of these runtimes"),
  }),
  output: z.object({ LayerVersions: z.array(layerVersionInfo).describe("The versions") }),
  permission: "scf:ListLayerVersions",
  errors: [...layerErrors, "InvalidParameterValue.CompatibleRuntimes"],
  async handle(given, context) {
    const versions = await context.store.layers.versions(given.LayerName);
    if (versions.length === 0) throw layerMissing(given.LayerName);
    const wanted = given.CompatibleRuntime ?? [];
    const fitting = versions.filter(
      ({ compatibleRuntimes }) => wanted.length === 0 || wanted.some((name) => compatibleRuntimes.includes(name)),
    );
    return { LayerVersions: fitting.map(layerInfo) };
  },
});

export const deleteLayerVersion = defineAction({
  name: "DeleteLayerVersion",
  group: "Layers",
  summary: "Deletes a version of a layer. Functions that have it keep it; no other function can get it any more.",
  input: z.object({ LayerName: layerName, LayerVersion: layerVersion }),
  output: z.object({}),
  permission: "scf:DeleteLayerVersion",
  errors: [...layerErrors, "ResourceNotFound.LayerVersion"],
  async handle(given, context) {
    if (await context.store.layers.delete(given.LayerName, given.LayerVersion)) return {};
    await findLayerVersion(context, given.LayerName, given.LayerVersion); // says what is missing
    return {};
  },
});

/** A version as lists and GetFunction tell it. */
export function layerInfo(layer: LayerVersionRecord): z.input<typeof layerVersionInfo> {
  return {
    LayerName: layer.name,
    LayerVersion: layer.version,
    Status: "Active",
    CompatibleRuntimes: [...layer.compatibleRuntimes],
    AddTime: formatTime(layer.addTime),
    Description: layer.description,
    LicenseInfo: layer.license,
    Stamp: "",
    Tags: [...layer.tags],
  };
}
