/**
 * Called once per event. What it returns becomes the JSON answer; what it throws is told to the caller.
 *
 * @param {{ name?: string }} event
 * @param {{ request_id: string }} context
 */
export async function main_handler(event, context) {
  console.log("called with", event);
  return { hello: event.name ?? "world", request: context.request_id };
}
