import { z } from "zod";
import { runtimeOf, type FunctionForm, type FunctionType, type Sha256 } from "../../../core/index.ts";
import type { PackageEntry, PackageHold, PackageListing } from "../../../store/index.ts";
import type { ActionContext } from "../../action.ts";
import { ApiError } from "../../api-error.ts";
import type { ErrorCode } from "../../error-codes.ts";
import type { ZipField } from "../../request/prepared-fields.ts";
import { broken } from "../../request/validate.ts";
import { oneOf, shortText } from "../fields.ts";
import { checkedJavaHandler } from "./java-handler.ts";

/** `ZipFile`: base64 on the wire, bytes after reading. */
export const zipFile = z
  .custom<ZipField>((field) => Object(field).kind === "zip" || Object(field).kind === "not-base64", {
    abort: true,
    error: "must be text",
  })
  .refine(
    (field) => field.kind === "zip",
    broken("InvalidParameterValue.ZipFileBase64BinasciiError", (field: ZipField) =>
      field.kind === "not-base64" ? `must be base64; it ${field.problem}` : "must be base64",
    ),
  )
  .transform((field) => (field.kind === "zip" ? field.bytes : new Uint8Array()))
  .meta({ type: "string" });

const elsewhere = () => shortText("InvalidParameterValue.Code", 1024).optional();

export const code = z
  .object({
    ZipFile: zipFile
      .optional()
      .describe("The package: a zip, base64-encoded; at most 50 MB before encoding, 500 MB unpacked"),
    CosBucketName: elsewhere().describe("Not available yet: bucket of the package"),
    CosObjectName: elsewhere().describe("Not available yet: object of the package"),
    CosBucketRegion: elsewhere().describe("Not available yet: region of the bucket"),
    TempCosObjectName: elsewhere().describe("Not available yet: temporary object of the package"),
    DemoId: elsewhere().describe("Not available: Tencent's own samples"),
    GitUrl: elsewhere().describe("Not available: retired by Tencent"),
    GitUserName: elsewhere().describe("Of `GitUrl`"),
    GitPassword: elsewhere().describe("Of `GitUrl`"),
    GitPasswordSecret: elsewhere().describe("Of `GitUrl`"),
    GitUserNameSecret: elsewhere().describe("Of `GitUrl`"),
    GitBranch: elsewhere().describe("Of `GitUrl`"),
    GitDirectory: elsewhere().describe("Of `GitUrl`"),
    GitCommitId: elsewhere().describe("Of `GitUrl`"),
    ImageConfig: z
      .object({
        ImageType: shortText().optional().describe("Kind of registry"),
        ImageUri: shortText("InvalidParameterValue", 1024).optional().describe("Name of the image"),
        RegistryId: shortText().optional().describe("Id of the registry"),
        EntryPoint: shortText("InvalidParameterValue", 1024).optional().describe("Program to start"),
        Command: shortText("InvalidParameterValue", 1024).optional().describe("Command to start"),
        Args: shortText("InvalidParameterValue", 1024).optional().describe("Its arguments"),
        ContainerImageAccelerate: z.boolean().optional().describe("Faster pulls"),
        ImagePort: z.int().optional().describe("Port of a server in the image"),
      })
      .meta({ id: "ImageConfig" })
      .optional()
      .describe("Not available yet: a container image instead of a package"),
  })
  .meta({ id: "Code" });

export const codeSource = oneOf(
  ["ZipFile", "Cos", "Demo", "Inline", "TempCos", "Git"],
  "InvalidParameterValue.CodeSource",
)
  .optional()
  .describe("Where the code is; follows from the code when absent");

type Code = z.output<typeof code>;

const absentSources: readonly (readonly [keyof Code, string])[] = [
  ["CosBucketName", "COS (CosBucketName, CosObjectName)"],
  ["CosObjectName", "COS (CosBucketName, CosObjectName)"],
  ["TempCosObjectName", "COS (TempCosObjectName)"],
  ["DemoId", "a demo (DemoId)"],
  ["GitUrl", "a Git repository (GitUrl)"],
  ["ImageConfig", "a container image (ImageConfig)"],
];

/** Where a package stands in a request, and how it is refused. */
interface PackageField {
  readonly field: string;
  readonly code: ErrorCode;
}

const codeField: PackageField = { field: "Code", code: "InvalidParameterValue.Code" };

/** The zip that the caller gave. Throws when it is somewhere else, or given more than once; undefined when there is none. */
export function zipOf(given: Partial<Code>, { field, code: refusal } = codeField): Uint8Array | undefined {
  const absent = absentSources.find(([name]) => given[name] !== undefined && given[name] !== "");
  if (absent !== undefined && given.ZipFile !== undefined) {
    throw new ApiError(refusal, `${field} must have one source; it has ZipFile and ${absent[0]}.`);
  }
  if (absent !== undefined) {
    throw new ApiError("UnsupportedOperation", `${field} from ${absent[1]} is not available yet; send it as ZipFile.`);
  }
  return given.ZipFile;
}

/** A kept package, which goes again when this is disposed of before `markUsed`. */
export interface StoredPackage extends PackageHold {
  readonly codeSha256: Sha256;
  readonly codeSize: number;
  readonly listing: PackageListing;
}

const MiB = 1024 * 1024;

/** Checks and keeps a package. Throws ApiError with what is wrong with it. */
export async function storePackage(zip: Uint8Array, maxBytes: number, context: ActionContext): Promise<StoredPackage> {
  if (zip.byteLength > maxBytes) {
    throw new ApiError(
      "InvalidParameterValue.ZipFile",
      `ZipFile must be at most ${maxBytes / MiB} MB before encoding; it has ${(zip.byteLength / MiB).toFixed(1)} MB.`,
    );
  }
  const outcome = await context.store.artifacts.put(zip, { signal: context.signal, handOver: true });
  if (outcome.kind === "refused") throw new ApiError("InvalidParameterValue.ZipFile", outcome.problem.message);
  return { codeSha256: outcome.sha256, codeSize: outcome.size, listing: outcome.listing, ...outcome.hold };
}

/** What starts a package: its form, and the handler (empty: `scf_bootstrap`). */
export interface PackageForm {
  readonly form: FunctionForm;
  readonly handler: string;
}

interface WantedForm {
  readonly type: FunctionType;
  readonly runtime: string;
  readonly handler: string;
}

const bootstrap = "scf_bootstrap";
const eventBootstrap = "bootstrap";
/** Whether functions of this runtime are programs, not handlers that a runtime loads. */
const isProgram = (runtime: string): boolean => runtimeOf(runtime).program === "custom";

/** Decides which of the three forms a package has. Throws ApiError when the file that would start it is not there. */
export function formOf(wanted: WantedForm, entries: readonly PackageEntry[]): PackageForm {
  if (wanted.type === "Event") return { form: "event", handler: eventHandler(wanted, entries) };
  if (wanted.type === "Service" || runtimeOf(wanted.runtime).isService)
    return serviceForm(wanted.runtime === "Go1" ? "" : wanted.handler, entries);
  const started = entries.find((entry) => entry.path === bootstrap);
  if (started !== undefined) return bootstrapForm(started);
  if (isProgram(wanted.runtime)) {
    throw new ApiError(
      "InvalidParameterValue.Code",
      `A function of type HTTP with ${wanted.runtime} is started by an executable file ${bootstrap} at the root of the package; there is none.`,
    );
  }
  return { form: "http", handler: checkedHandler(wanted, entries) };
}

function eventHandler(wanted: WantedForm, entries: readonly PackageEntry[]): string {
  const { runtime, handler } = wanted;
  if (!isProgram(runtime)) return checkedHandler(wanted, entries);
  if (runtime === "Go1" && handler === "") {
    throw new ApiError("MissingParameter", "Handler is required: for Go1 it is the name of the program, e.g. main.");
  }
  requireProgram(runtime === "Go1" ? handler : eventBootstrap, runtime, entries);
  return handler;
}

function requireProgram(name: string, runtime: string, entries: readonly PackageEntry[]): void {
  const program = entries.find((entry) => entry.path === name);
  if (program === undefined) {
    const nested = entries.find((entry) => entry.path.endsWith(`/${name}`));
    const hint =
      nested === undefined ? "" : ` ${nested.path} is there: pack the content of its directory, not the directory.`;
    throw new ApiError(
      "InvalidParameterValue.Code",
      `An event function with ${runtime} is an executable file ${name} at the root of the package; there is none.${hint}`,
    );
  }
  requireExecutable(program);
}

function serviceForm(handler: string, entries: readonly PackageEntry[]): PackageForm {
  if (handler !== "" && entries.some((entry) => entry.path === handler)) return { form: "service", handler };
  const started = entries.find((entry) => entry.path === bootstrap);
  if (started !== undefined) return bootstrapForm(started);
  throw new ApiError(
    "InvalidParameterValue.Handler",
    `A service is started by the file that Handler names, or by ${bootstrap} at the root of the package; ` +
      `neither ${handler === "" ? "a Handler" : JSON.stringify(handler)} nor ${bootstrap} is there.`,
  );
}

function bootstrapForm(entry: PackageEntry): PackageForm {
  requireExecutable(entry);
  return { form: "service", handler: "" };
}

function requireExecutable({ path, kind, isExecutable }: PackageEntry): void {
  if (isExecutable || kind !== "file") return;
  throw new ApiError(
    "InvalidParameterValue.Code",
    `${path} must be executable: run "chmod 755 ${path}" before packing.`,
  );
}

/** Whose handlers name classes, not files. */
const isJava = (runtime: string): boolean => runtimeOf(runtime).language === "java";

const handlerPattern =
  /^(?:[A-Za-z0-9_-][A-Za-z0-9_.-]*\/)*[A-Za-z](?:[A-Za-z0-9_-]*[A-Za-z])?\.[A-Za-z](?:[A-Za-z0-9_-]*[A-Za-z])?$/;

function checkedHandler({ type, handler, runtime }: WantedForm, entries: readonly PackageEntry[]): string {
  if (handler === "") throw new ApiError("MissingParameter", "Handler is required, e.g. index.main_handler.");
  if (isJava(runtime)) return checkedJavaHandler(type, handler, entries);
  if (!handlerPattern.test(handler)) {
    throw new ApiError(
      "InvalidParameterValue.Handler",
      `Handler must be file.method, each part beginning and ending with a letter, e.g. index.main_handler; it is ${JSON.stringify(handler)}.`,
    );
  }
  if (handlerFile(handler, runtime, entries) === null) throw missingHandlerFile(handler, runtime, entries);
  return handler;
}

/** The file of the package that a handler (`a/b/index.main_handler`) names, or null; without a handler, what starts the package. */
export function handlerFile(handler: string, runtime: string, entries: readonly PackageEntry[]): string | null {
  const paths = new Set(entries.map((entry) => entry.path));
  if (handler === "") return [bootstrap, eventBootstrap].find((name) => paths.has(name)) ?? null;
  if (isJava(runtime)) return null; // a class file is nothing to read
  const base = handler.slice(0, handler.lastIndexOf("."));
  const candidates = [...runtimeOf(runtime).endings.map((ending) => base + ending), handler];
  return candidates.find((candidate) => paths.has(candidate)) ?? null;
}

function missingHandlerFile(handler: string, runtime: string, entries: readonly PackageEntry[]): ApiError {
  const base = handler.slice(0, handler.lastIndexOf("."));
  const { endings } = runtimeOf(runtime);
  const nested = entries.find((entry) => endings.some((extension) => entry.path.endsWith(`/${base}${extension}`)));
  const hint =
    nested === undefined
      ? ""
      : ` ${nested.path} is there: pack the content of its directory, not the directory, or name it in Handler.`;
  return new ApiError(
    "InvalidParameterValue.Handler",
    endings.length === 1
      ? `Handler ${handler} needs a file ${base}${endings.join("")} in the package, as Runtime is ${runtime}; there is none.${hint}`
      : `Handler ${handler} needs a file ${base} with one of the endings ${endings.join(" ")} in the package; there is none.${hint}`,
  );
}
