/** Calls `tick` again and again until disposed of. */
export type StartTicking = (everyMs: number, tick: () => void) => Disposable;

/** Real time. Keeps no process alive by itself. */
export const tickEvery: StartTicking = (everyMs, tick) => {
  const timer = setInterval(tick, everyMs);
  timer.unref();
  return { [Symbol.dispose]: () => clearInterval(timer) };
};
