/** An answer that is complete. */
export interface LeavingAnswer {
  /** Writes it. Must not throw. */
  leave(): void;
  /** All that left with it are written. Must not throw. */
  onLeft(): void;
}

const leaving: LeavingAnswer[] = [];

/**
 * Writes an answer at the end of the loop's turn, right behind the others of that turn: their clients, busy with the one before, need not be
 * woken for each, and what has to be done about an answer is done when all are on their way.
 */
export function leaveTogether(answer: LeavingAnswer): void {
  if (leaving.push(answer) === 1) setImmediate(leave);
}

function leave(): void {
  const answers = leaving.splice(0);
  for (const answer of answers) answer.leave();
  for (const answer of answers) answer.onLeft();
}
