/** What keeps a directory from being packed: a sentence for the person at the terminal. */
export class PackError extends Error {
  constructor(message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = "PackError";
  }
}
