/** A latin1 text that was put together of many, as one: what is said again and again is not gathered anew each time. */
export function flatText(text: string): string {
  return Buffer.from(text, "latin1").toString("latin1");
}
