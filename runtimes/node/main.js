// @ts-check
import { NodeRuntime } from "./runtime.js";

new NodeRuntime(Number(process.env["GUST_CHANNEL_FD"] ?? 3)).start();
