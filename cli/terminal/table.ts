import { visibleLength } from "./style.ts";

/** Rows with aligned columns, two spaces between them; the last column is not padded. */
export function table(rows: readonly (readonly string[])[]): string {
  const widths: number[] = [];
  for (const row of rows) {
    for (const [column, cell] of row.entries()) {
      widths[column] = Math.max(widths[column] ?? 0, visibleLength(cell));
    }
  }
  return rows
    .map((row) =>
      row
        .map((cell, column) => pad(cell, column, row, widths))
        .join("  ")
        .trimEnd(),
    )
    .join("\n");
}

function pad(cell: string, column: number, row: readonly string[], widths: readonly number[]): string {
  if (column === row.length - 1) return cell;
  return cell + " ".repeat((widths[column] ?? 0) - visibleLength(cell));
}

/** `1.2 MB` */
export function size(bytes: number): string {
  if (bytes < 1024) return `${bytes} B`;
  if (bytes < 1024 * 1024) return `${(bytes / 1024).toFixed(1)} KB`;
  return `${(bytes / 1024 / 1024).toFixed(1)} MB`;
}

/** `2 d 3 h`, `5 min 7 s`, `0.4 s`: the two largest units. */
export function duration(ms: number): string {
  if (ms < 10_000) return `${(ms / 1_000).toFixed(1)} s`;
  const s = Math.floor(ms / 1_000);
  const parts: readonly (readonly [number, string])[] = [
    [Math.floor(s / 86_400), "d"],
    [Math.floor(s / 3_600) % 24, "h"],
    [Math.floor(s / 60) % 60, "min"],
    [s % 60, "s"],
  ];
  const first = parts.findIndex(([count]) => count > 0);
  return parts
    .slice(first, first + 2)
    .filter(([count]) => count > 0)
    .map(([count, unit]) => `${count} ${unit}`)
    .join(" ");
}

/** A time of the API (Asia/Shanghai) as this machine's clock shows it. */
export function localTime(text: string): string {
  const at = new Date(`${text.replace(" ", "T")}+08:00`);
  return Number.isNaN(at.getTime()) ? text : at.toLocaleString("sv-SE");
}
