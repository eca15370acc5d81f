/** The word that somebody may have meant: the nearest one when only a few letters differ, else null. */
export function closestWord(word: string, known: readonly string[]): string | null {
  const nearest = known
    .map((candidate) => ({ candidate, letters: differingLetters(word.toLowerCase(), candidate.toLowerCase()) }))
    .toSorted((a, b) => a.letters - b.letters)[0];
  return nearest !== undefined && nearest.letters <= Math.ceil(word.length / 4) ? nearest.candidate : null;
}

/** How many letters have to be put in, taken out or replaced (Levenshtein's distance). */
function differingLetters(one: string, other: string): number {
  let row = Array.from({ length: other.length + 1 }, (_, column) => column);
  for (let index = 0; index < one.length; index++) {
    const next = [index + 1];
    for (let column = 1; column <= other.length; column++) {
      const replaced = (row[column - 1] ?? 0) + (other[column - 1] === one[index] ? 0 : 1);
      next.push(Math.min(replaced, (row[column] ?? 0) + 1, (next[column - 1] ?? 0) + 1));
    }
    row = next;
  }
  return row.at(-1) ?? 0;
}
