/** The API writes times in Asia/Shanghai, which has no summer time: UTC and 8 hours. */
const offsetMs = 8 * 3_600_000;

/** `2026-11-24 08:00:00` */
export function formatTime(at: number): string {
  return new Date(at + offsetMs).toISOString().slice(0, 19).replace("T", " ");
}

/** Milliseconds since 1970, or null when the text is not such a time. */
export function parseTime(text: string): number | null {
  if (!/^\d{4}-\d{2}-\d{2} \d{2}:\d{2}:\d{2}$/.test(text)) return null;
  const at = Date.parse(`${text.replace(" ", "T")}Z`) - offsetMs;
  return Number.isNaN(at) || formatTime(at) !== text ? null : at;
}
