/** Answers that a page need not work out at each turn: the last ones of each question, by what they were made from. */
export class Memory {
  readonly #answers = new Map<string, { readonly key: readonly unknown[]; readonly answer: unknown }[]>();

  /** The answer that was given for an equal key lately, else a new one. One question's answers are of one type. */
  recall<T>(question: string, key: readonly unknown[], make: () => T): T {
    const known = this.#answers.get(question) ?? [];
    const isSame = (other: readonly unknown[]): boolean =>
      other.length === key.length && other.every((part, at) => Object.is(part, key[at]));
    const found = known.find((entry) => isSame(entry.key));
    if (found) return found.answer as T;
    const answer = make();
    // Two views may ask in turn.
    this.#answers.set(question, [{ key, answer }, ...known.slice(0, 1)]);
    return answer;
  }
}
