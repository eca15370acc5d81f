// @ts-check
import { BuildRuntime } from "./build-runtime.js";

const [npmProgram = "", esbuildModule = "", esbuildBinary = ""] = process.argv.slice(2);

new BuildRuntime(Number(process.env["GUST_CHANNEL_FD"] ?? 3), { npmProgram, esbuildModule, esbuildBinary }).start();
