import { createHash } from "node:crypto";
import fs from "node:fs/promises";
import path from "node:path";
import { keptDirectory } from "../kept-directory.ts";
import type { Prepared } from "./third-party-programs.ts";

interface Library {
  /** `group/artifact/version`, as repositories name it. */
  readonly path: string;
  readonly sha256: string;
}

/** Of Maven Central, unmodified; what of them the tests use needs no other. */
const libraries: readonly Library[] = [
  {
    path: "com/tencentcloudapi/scf-java-events/0.0.4",
    sha256: "f23de8e956156f136338350c8f4d516012b742cb284764aa4d94ec8215bac20c",
  },
  {
    path: "com/fasterxml/jackson/core/jackson-annotations/2.9.3",
    sha256: "9acad21ed87fa7bae96407facc38d5c7b854898b21ef49f32e69634f4253c075",
  },
];

const variable = "GUST_TEST_MAVEN_REPOSITORY";

/** Tencent's library of event classes and what it needs, as files; or why it cannot be had. */
export async function officialJavaLibraries(): Promise<Prepared<readonly string[]>> {
  const repository = process.env[variable];
  if (!repository) return { kind: "absent", reason: `${variable} has no URL of a Maven repository, such as Central's` };
  const names = libraries.map(({ path: place }) => `${path.basename(path.dirname(place))}-${path.basename(place)}.jar`);
  try {
    const directory = await keptDirectory({
      name: "java-libraries",
      content: JSON.stringify(libraries),
      async make(made) {
        await fs.mkdir(made);
        for (const [index, library] of libraries.entries())
          await fetchTo(made, `${repository}/${library.path}`, names[index] ?? "", library);
      },
    });
    return { kind: "ready", value: names.map((name) => path.join(directory, name)) };
  } catch (error) {
    return { kind: "absent", reason: `the Maven repository cannot be used: ${String(error)}` };
  }
}

async function fetchTo(directory: string, from: string, name: string, { sha256 }: Library): Promise<void> {
  const url = `${from}/${name}`;
  const response = await fetch(url, { signal: AbortSignal.timeout(20_000) });
  if (!response.ok) throw new Error(`${url} answers ${response.status}`);
  const bytes = Buffer.from(await response.arrayBuffer());
  const found = createHash("sha256").update(bytes).digest("hex");
  if (found !== sha256) throw new Error(`${url} is another file than it was: ${found}`);
  await fs.writeFile(path.join(directory, name), bytes);
}
