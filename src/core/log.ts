/** What the platform says about itself: a sentence plus fields. Never secrets, never payloads. */
export interface Logger {
  /** A person must act. */
  error(fields: object, message: string): void;
  /** Healed itself. */
  warn(fields: object, message: string): void;
  /** State changed. */
  info(fields: object, message: string): void;
  debug(fields: object, message: string): void;
}
