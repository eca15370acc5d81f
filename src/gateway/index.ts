export { createGateway, type Gateway } from "./gateway.ts";
export { FunctionUrls } from "./routes/function-urls.ts";
