import path from "node:path";
import type { PackageFiles } from "../deployed-function.ts";

/**
 * A program that echoes WebSocket messages: one file with all of `ws`; its optional natives are left out, as they are where it is installed alone.
 * It listens, or exports its server where it is a function.
 */
export async function echoProgram(): Promise<string> {
  const { build } = await import("esbuild");
  const contents = `
    const { WebSocketServer } = require("ws");
    const server = require("node:http").createServer();
    new WebSocketServer({ server, perMessageDeflate: false }).on("connection", (socket) => {
      socket.on("message", (data, isBinary) => socket.send(data, { binary: isBinary }));
    });
    if (require.main === module) server.listen(Number(process.argv[2] ?? process.env.PORT), "0.0.0.0");
    module.exports = { server };`;
  const bundle = await build({
    stdin: { contents, resolveDir: path.resolve(import.meta.dirname, "../..") },
    bundle: true,
    platform: "node",
    external: ["bufferutil", "utf-8-validate"],
    write: false,
  });
  return bundle.outputFiles[0]?.text ?? "";
}

/** The same as a service. */
export function echoService(program: string): PackageFiles {
  return { "echo.js": program, scf_bootstrap: { text: "#!/bin/sh\nexec node echo.js\n", mode: 0o755 } };
}

/** The same as a function, of which each connection is a call. */
export const echoFunction = {
  files: (program: string): PackageFiles => ({ "index.js": program }),
  fields: {
    Type: "HTTP",
    Handler: "index.server",
    ProtocolType: "WS",
    ProtocolParams: { WSParams: { IdleTimeOut: 600 } },
    Timeout: 900,
    InstanceConcurrencyConfig: { DynamicEnabled: "FALSE", MaxConcurrency: 64 },
  },
} as const;
