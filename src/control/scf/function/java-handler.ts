import type { FunctionType } from "../../../core/index.ts";
import type { PackageEntry } from "../../../store/index.ts";
import { ApiError } from "../../api-error.ts";

const pattern = /^(?<className>[A-Za-z_$][\w$]*(?:\.[A-Za-z_$][\w$]*)*)(?:::(?<method>[A-Za-z_$][\w$]*))?$/;
/** Where the runtime looks for jars, from the root of the package. */
const jar = /^(?:lib\/|java\/lib\/)?[^/]+\.jar$/;

/**
 * Checks a handler of Java, `example.Hello::mainHandler`, or the class alone for one that answers requests. What is in jars of the package is not
 * looked at: the runtime says so when the class is not there.
 */
export function checkedJavaHandler(type: FunctionType, handler: string, entries: readonly PackageEntry[]): string {
  const { className, method } = pattern.exec(handler)?.groups ?? {};
  if (className === undefined || (type === "Event" && method === undefined)) {
    const wanted =
      type === "Event"
        ? "package.Class::method, e.g. example.Hello::mainHandler"
        : "the name of a class that implements com.sun.net.httpserver.HttpHandler, e.g. example.Hello";
    throw new ApiError("InvalidParameterValue.Handler", `Handler must be ${wanted}; it is ${JSON.stringify(handler)}.`);
  }
  const file = `${className.replaceAll(".", "/")}.class`;
  if (entries.some(({ path }) => path === file || jar.test(path))) return handler;
  throw new ApiError(
    "InvalidParameterValue.Handler",
    `Handler ${handler} needs a file ${file}, or a jar at the root of the package or in lib/; there is none.${hint(file, entries)}`,
  );
}

function hint(file: string, entries: readonly PackageEntry[]): string {
  const nested = entries.find(({ path }) => path.endsWith(`/${file}`));
  if (nested !== undefined) {
    return ` ${nested.path} is there: pack the content of its directory, not the directory.`;
  }
  const source = entries.find(({ path }) => path.endsWith(".java"));
  return source === undefined ? "" : ` ${source.path} is source: compile it with javac, and pack the classes.`;
}
