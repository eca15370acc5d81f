/** @param {{ name?: string }} event */
export const main_handler = async (event) => `Hello, ${event.name ?? "world"}!`;
