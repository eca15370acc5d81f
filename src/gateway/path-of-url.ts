/** What stands before the query. */
export function pathOfUrl(url: string): string {
  const end = url.indexOf("?");
  return end < 0 ? url : url.slice(0, end);
}

/** What follows the `?`; empty for none. */
export function queryOfUrl(url: string): string {
  const end = url.indexOf("?");
  return end < 0 ? "" : url.slice(end + 1);
}
