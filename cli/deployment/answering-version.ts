import type { GustClient } from "../../sdk/src/index.ts";
import type { Deployed } from "./deploy-function.ts";

interface LookOptions {
  readonly client: GustClient;
  readonly signal: AbortSignal;
  /** Makes a command a line to copy. */
  readonly gust: (command: string) => string;
}

/** What a person should know whose function does not answer with what was just deployed, as after going back to a version; null: it does, or is called without an address. */
export async function answeringVersion(
  { function: { FunctionName: name, Namespace: namespace, Type: type } }: Deployed,
  { client, signal, gust }: LookOptions,
): Promise<string | null> {
  if (type === "Event") return null; // by Invoke, which means $LATEST unless told otherwise
  const alias = { FunctionName: name, Namespace: namespace, Name: "$DEFAULT" };
  const { FunctionVersion: version } = await client.request("GetAlias", alias, { signal });
  if (version === "$LATEST") return null;
  const fields = { ...(namespace === "default" ? {} : { Namespace: namespace }), FunctionName: name };
  const change = JSON.stringify({ ...fields, Name: "$DEFAULT", FunctionVersion: "$LATEST" });
  return (
    `What was deployed is $LATEST, and the addresses of ${name} answer with version ${version}, to which its alias $DEFAULT leads. ` +
    `To have them answer with $LATEST again: ${gust(`api UpdateAlias '${change}'`)}`
  );
}
