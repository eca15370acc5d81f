/**
 * An event function: called with an event, answers with a value that becomes JSON.
 *
 * @param {{ name?: string }} event
 * @param {{ request_id: string, function_name: string }} context
 */
export async function main_handler(event, context) {
  const name = event.name ?? "world";
  console.log(`greeting ${name}`);
  return { greeting: `Hello, ${name}!`, function: context.function_name, request: context.request_id };
}
