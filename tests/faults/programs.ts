import type { PackageFiles } from "../deployed-function.ts";

/** Programs of the three forms that answer with their sandbox. */
export const eventFiles: PackageFiles = {
  "index.js": "exports.main_handler = async ({ hang }) => (hang ? new Promise(() => {}) : process.env.GUST_SANDBOX);",
};

/** Never ends, and has a timer, so that its runtime does not notice. */
export const hangingFiles: PackageFiles = {
  "index.js": "exports.main_handler = () => new Promise(() => setInterval(() => {}, 1e6));",
};

/** Slow enough that an event is still under way when its acceptance has been heard of. */
export const slowEventFiles: PackageFiles = {
  "index.js": "exports.main_handler = () => new Promise((resolve) => setTimeout(resolve, 50));",
};

export const httpFiles: PackageFiles = {
  "index.mjs": `let hanging = 0;
    export default { async fetch(request) {
      if (!request.url.endsWith("/hang")) return new Response(process.env.GUST_SANDBOX + " " + hanging);
      hanging++;
      await new Promise(() => {});
    } };`,
};

export const httpType = { Type: "HTTP", Handler: "index.default" };

export const serviceFiles: PackageFiles = {
  "server.js": `require("node:http").createServer((req, res) => res.end(process.env.GUST_SANDBOX)).listen(Number(process.env.PORT));`,
  scf_bootstrap: { text: "#!/bin/sh\nexec node server.js\n", mode: 0o755 },
};
