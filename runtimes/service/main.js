// @ts-check
import { ServiceRuntime } from "./service-runtime.js";

new ServiceRuntime(Number(process.env["GUST_CHANNEL_FD"] ?? 3)).start();
