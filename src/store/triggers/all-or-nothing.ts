import type { Database } from "../database/connection.ts";

/** Runs in one transaction, which is taken back when `run` throws; what it has `undo` make of a problem is then the result. */
export async function allOrNothing<Result, Problem>(
  database: Database,
  run: (transaction: Database, undo: (problem: Problem) => Error) => Promise<Result>,
): Promise<Result | Problem> {
  const undone = new Map<unknown, Problem>();
  const undo = (problem: Problem): Error => {
    const error = new Error(`undone: ${String(problem)}`);
    undone.set(error, problem);
    return error;
  };
  try {
    return await database.transaction().execute((transaction) => run(transaction, undo));
  } catch (error) {
    const problem = undone.get(error);
    if (problem === undefined) throw error;
    return problem;
  }
}
