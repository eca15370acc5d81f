/** What answered, for the counts and the log. */
export type ExchangeClass = "function" | "service" | "upstream" | "api" | "platform" | "refused";

/** What an exchange needs to know of its listener. */
export interface ExchangeHost<Exchange> {
  readonly isClosing: boolean;
  now(): number;
  /** The exchanges before it on its connection are over. */
  onTurn(exchange: Exchange): void;
  /** Called once per exchange, when its answer is complete or will never be. */
  onOver(exchange: Exchange): void;
}
