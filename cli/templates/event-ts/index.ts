interface Greeting {
  readonly name?: string;
}

/** What the platform tells about a call; `EventHandler` and `Context` of @gust/sdk have all of it. */
interface Context {
  readonly request_id: string;
  readonly time_limit_in_ms: number;
}

/** Called once per event. TypeScript runs as it is: types are stripped, nothing is compiled. */
export async function main_handler(event: Greeting, context: Context): Promise<{ hello: string; request: string }> {
  console.log("called with", event);
  return { hello: event.name ?? "world", request: context.request_id };
}
