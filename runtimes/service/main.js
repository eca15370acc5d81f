// @ts-check
import { ServiceRuntime } from "./service-runtime.js";

// The first argument: the Node.js of the function's runtime, where that is another than the one which watches.
new ServiceRuntime(Number(process.env["GUST_CHANNEL_FD"] ?? 3), process.argv[2] ?? process.execPath).start();
