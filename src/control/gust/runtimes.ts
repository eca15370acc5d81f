import { z } from "zod";
import { defineAction } from "../action.ts";
import { ApiError } from "../api-error.ts";

const runtime = z
  .object({
    Name: z.string().describe("Name, e.g. `node18`"),
    Version: z.string().nullable().describe("Version; null before the first start where nobody knows it earlier"),
    Origin: z.string().describe("Where it comes from"),
    State: z.enum(["Absent", "Fetching", "Installed"]).describe("`Absent`, `Fetching` or `Installed`"),
    Problem: z.string().describe("Why it could not be fetched; empty when nothing is known against it"),
    Functions: z.int().describe("How many functions use it"),
    Runtimes: z.array(z.string()).describe("The `Runtime` names by which they do"),
  })
  .meta({ id: "RuntimeState" });

const states = { absent: "Absent", fetching: "Fetching", installed: "Installed" } as const;

export const listRuntimes = defineAction({
  name: "ListRuntimes",
  group: "Server",
  summary: "Tells what functions can run on, which version that is, and whether it is installed.",
  input: z.object({}),
  output: z.object({ Runtimes: z.array(runtime).describe("One entry each") }),
  permission: "gust:ListRuntimes",
  errors: [],
  handle: async (_input, { runtimes, signal }) => {
    const entries = (await runtimes.list({ signal })).map((it) => ({
      Name: it.name,
      Version: it.version,
      Origin: it.origin,
      State: states[it.state],
      Problem: it.problem,
      Functions: it.functions,
      Runtimes: [...it.runtimes],
    }));
    return { Runtimes: entries };
  },
});

export const installRuntime = defineAction({
  name: "InstallRuntime",
  group: "Server",
  summary:
    "Begins to fetch what functions need to run on a runtime: poll ListRuntimes until it is `Installed`, or has a `Problem`.",
  input: z.object({ Name: z.string().describe("Name of ListRuntimes, e.g. `node18`") }),
  output: z.object({}),
  permission: "gust:InstallRuntime",
  errors: ["InvalidParameterValue"],
  handle: async ({ Name: name }, { runtimes, signal }) => {
    const known = (await runtimes.list({ signal })).map((it) => it.name);
    if (!known.includes(name)) {
      const message = `Name must be one of ${known.join(", ")}; it is ${JSON.stringify(name)}.`;
      throw new ApiError("InvalidParameterValue", message);
    }
    await runtimes.install(name, { signal }); // what comes with the platform is there
    return {};
  },
});
