import type { ApiLog } from "../../../core/index.ts";

/** A log as Tencent writes it, `-` for what there was not; two fields that Tencent has not stand at the end. */
export function logLine(log: ApiLog, appId: string): string {
  const backendS = log.backendUs === null ? "-" : seconds(log.backendUs);
  const parts = [
    appId,
    log.environment || "-",
    log.serviceId,
    log.host,
    log.apiId || "-",
    log.path,
    log.scheme,
    `rsp_st:${log.status}`,
    `ups_st:${log.backendStatus ?? "-"}`,
    `cip:${log.clientAddress}`,
    `uip:${log.backendAddress || "-"}`,
    "vip:-",
    `rsp_len:${log.bytesOut}`,
    `req_len:${log.bytesIn}`,
    `req_t:${seconds(log.durationUs)}`,
    `ups_rsp_t:${backendS}`,
    "ups_conn_t:-",
    `ups_head_t:${backendS}`,
    `err_msg:${log.errorMessage || "-"}`,
    "tcp_rtt:-",
    "-",
    localTime(log.at),
    `req_id:${log.requestId}`,
    `method:${log.method}`,
    `key_id:${log.keyId || "-"}`,
  ];
  return parts.map((part) => `[${part.replaceAll(/[[\]\r\n]/g, escaped)}]`).join("");
}

/** Nobody who sends a path can make it look like other fields. */
function escaped(character: string): string {
  return `%${character.charCodeAt(0).toString(16).toUpperCase().padStart(2, "0")}`;
}

function seconds(us: number): string {
  return (us / 1_000_000).toFixed(3);
}

const months = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];

/** `24/Nov/2026:08:00:00 +0800`: the zone of the API's other times. */
function localTime(at: number): string {
  const iso = new Date(at + 8 * 3_600_000).toISOString();
  return `${iso.slice(8, 10)}/${months[Number(iso.slice(5, 7)) - 1]}/${iso.slice(0, 4)}:${iso.slice(11, 19)} +0800`;
}
