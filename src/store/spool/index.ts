export { UsageSpool } from "./usage-spool.ts";
