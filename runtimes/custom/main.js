// @ts-check
import { CustomRuntime } from "./custom-runtime.js";

void new CustomRuntime(Number(process.env["GUST_CHANNEL_FD"] ?? 3)).start();
