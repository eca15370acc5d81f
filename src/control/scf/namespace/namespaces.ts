import { z } from "zod";
import { defaultNamespace, limits } from "../../../core/index.ts";
import type { NamespaceRecord } from "../../../store/index.ts";
import { defineAction } from "../../action.ts";
import { ApiError } from "../../api-error.ts";
import { broken } from "../../request/validate.ts";
import { description, limit, offset, oneOf, order, requiredNamespace, shortText } from "../fields.ts";
import { namespaceMissing } from "../function/function-record.ts";
import { resourceEnvironment } from "../structures.ts";
import { formatTime } from "../time.ts";

const group = "Namespaces";

export const createNamespace = defineAction({
  name: "CreateNamespace",
  group,
  summary: "Creates a namespace: a group of functions with names of their own.",
  input: z.object({
    Namespace: requiredNamespace,
    Description: description.optional().describe("Description of the namespace"),
    ResourceEnv: resourceEnvironment.optional().describe("Where its functions run: not available yet, they run here"),
  }),
  output: z.object({}),
  permission: "scf:CreateNamespace",
  errors: [
    "InvalidParameterValue.Namespace",
    "InvalidParameterValue.Description",
    "InvalidParameterValue.DefaultNamespace",
    "ResourceInUse.Namespace",
    "LimitExceeded.Namespace",
    "UnsupportedOperation",
  ],
  async handle(given, { store }) {
    if (given.ResourceEnv?.TKE !== undefined) {
      throw new ApiError("UnsupportedOperation", "A cluster of one's own (ResourceEnv.TKE) is not available yet.");
    }
    if (given.Namespace === defaultNamespace) {
      throw new ApiError(
        "InvalidParameterValue.DefaultNamespace",
        `The namespace ${defaultNamespace} is there from the start.`,
      );
    }
    const outcome = await store.namespaces.create(given.Namespace, given.Description ?? "", limits.namespaces);
    if (outcome === "created") return {};
    if (outcome === "exists") {
      throw new ApiError("ResourceInUse.Namespace", `There is a namespace ${given.Namespace} already.`);
    }
    throw new ApiError(
      "LimitExceeded.Namespace",
      `There are ${limits.namespaces} namespaces, as many as there may be; delete one that is empty.`,
    );
  },
});

export const updateNamespace = defineAction({
  name: "UpdateNamespace",
  group,
  summary: "Changes the description of a namespace.",
  input: z.object({ Namespace: requiredNamespace, Description: description.describe("New description") }),
  output: z.object({}),
  permission: "scf:UpdateNamespace",
  errors: ["InvalidParameterValue.Namespace", "InvalidParameterValue.Description", "ResourceNotFound.Namespace"],
  async handle(given, { store }) {
    if (await store.namespaces.update(given.Namespace, given.Description)) return {};
    throw namespaceMissing(given.Namespace);
  },
});

export const deleteNamespace = defineAction({
  name: "DeleteNamespace",
  group,
  summary: "Deletes an empty namespace.",
  input: z.object({ Namespace: requiredNamespace }),
  output: z.object({}),
  permission: "scf:DeleteNamespace",
  errors: [
    "InvalidParameterValue.Namespace",
    "InvalidParameterValue.DefaultNamespace",
    "ResourceNotFound.Namespace",
    "FailedOperation.DeleteNamespace",
  ],
  async handle(given, { store }) {
    if (given.Namespace === defaultNamespace) {
      throw new ApiError(
        "InvalidParameterValue.DefaultNamespace",
        `The namespace ${defaultNamespace} cannot be deleted.`,
      );
    }
    const outcome = await store.namespaces.delete(given.Namespace);
    if (outcome === "deleted") return {};
    if (outcome === "missing") throw namespaceMissing(given.Namespace);
    throw new ApiError(
      "FailedOperation.DeleteNamespace",
      `The namespace ${given.Namespace} still has functions; delete them first.`,
    );
  },
});

const searchKey = z
  .object({
    Key: oneOf(["Namespace", "Description"], "InvalidParameterValue.SearchKey").describe(
      "`Namespace` or `Description`",
    ),
    Value: shortText("InvalidParameterValue.SearchKey", limits.descriptionLength).describe("Part of it"),
  })
  .meta({ id: "SearchKey" });

const namespaceShape = z
  .object({
    Name: z.string().describe("Name of the namespace"),
    Description: z.string().describe("Description of the namespace"),
    Type: z.string().describe("`default`"),
    AddTime: z.string().describe("When it was made, Asia/Shanghai"),
    ModTime: z.string().describe("When it was changed last, Asia/Shanghai"),
  })
  .meta({ id: "Namespace" });

const maxSearchKeys = 10;

export const listNamespaces = defineAction({
  name: "ListNamespaces",
  group,
  summary: "Lists the namespaces.",
  input: z.object({
    Limit: limit(1_000),
    Offset: offset,
    Orderby: oneOf(["Name", "Updatetime"], "InvalidParameterValue.OrderBy")
      .prefault("Updatetime")
      .describe("`Name` or `Updatetime`"),
    Order: order("asc"),
    SearchKey: z
      .array(searchKey)
      .refine(
        (list) => list.length <= maxSearchKeys,
        broken("InvalidParameterValue.SearchKey", `must be at most ${maxSearchKeys} conditions`),
      )
      .optional()
      .describe("Conditions that all have to hold"),
  }),
  output: z.object({
    Namespaces: z.array(namespaceShape).describe("The namespaces"),
    TotalCount: z.int().describe("How many there are without `Offset` and `Limit`"),
  }),
  permission: "scf:ListNamespaces",
  errors: [
    "InvalidParameterValue.Limit",
    "InvalidParameterValue.Offset",
    "InvalidParameterValue.OrderBy",
    "InvalidParameterValue.Order",
    "InvalidParameterValue.SearchKey",
  ],
  async handle(given, { store }) {
    const all = await store.namespaces.list();
    const fitting = all.filter((record) =>
      (given.SearchKey ?? []).every(({ Key, Value }) =>
        (Key === "Namespace" ? record.name : record.description).includes(Value),
      ),
    );
    const sign = given.Order === "asc" ? 1 : -1;
    const compare = (a: NamespaceRecord, b: NamespaceRecord): number =>
      given.Orderby === "Name" ? a.name.localeCompare(b.name) : a.modTime - b.modTime;
    const page = fitting.toSorted((a, b) => sign * compare(a, b)).slice(given.Offset, given.Offset + given.Limit);
    return {
      Namespaces: page.map((record) => ({
        Name: record.name,
        Description: record.description,
        Type: "default",
        AddTime: formatTime(record.addTime),
        ModTime: formatTime(record.modTime),
      })),
      TotalCount: fitting.length,
    };
  },
});
