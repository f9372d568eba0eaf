/** Models kept open at once; the one asked longest ago makes room. */
const mostOpen = 4;

interface Closable {
  close(): Promise<void>;
}

interface OpenModel<Model> {
  readonly stamp: string;
  readonly model: Promise<Model>;
  /** When it has answered what it was asked. */
  idle: Promise<unknown>;
}

/** Models that are opened when they are first asked, stay open, and answer one question after another. */
export class OpenModels<What, Model extends Closable> {
  readonly #load: (what: What) => Promise<Model>;
  readonly #stampOf: (what: What) => string;
  /** In the order of their last use. */
  readonly #open = new Map<string, OpenModel<Model>>();
  readonly #leaving: Promise<void>[] = [];
  #opening: Promise<unknown> = Promise.resolve();

  /** @param stampOf another one means that what was opened is not what lies there now: it is opened again */
  constructor(load: (what: What) => Promise<Model>, stampOf: (what: What) => string) {
    this.#load = load;
    this.#stampOf = stampOf;
  }

  /** @throws what opening the model threw, which is tried again with the next question */
  ask<Answer>(what: What, question: (model: Model) => Promise<Answer>): Promise<Answer> {
    const key = JSON.stringify(what);
    const stamp = this.#stampOf(what);
    const known = this.#open.get(key);
    if (known !== undefined && known.stamp !== stamp) this.#leave(key, known);
    const asked = this.#open.get(key) ?? this.#begin(key, what, stamp);
    this.#open.delete(key);
    this.#open.set(key, asked);
    const answer = asked.idle.then(async () => await question(await asked.model));
    asked.idle = answer.catch(() => {});
    this.#makeRoom();
    return answer;
  }

  async close(): Promise<void> {
    for (const [key, open] of this.#open) this.#leave(key, open);
    await Promise.all(this.#leaving);
  }

  #begin(key: string, what: What, stamp: string): OpenModel<Model> {
    // One after another: opening takes more memory than being open.
    const model = this.#opening.then(() => this.#load(what));
    const begun = { stamp, model, idle: Promise.resolve() };
    this.#opening = model.catch(() => {
      if (this.#open.get(key) === begun) this.#open.delete(key);
    });
    return begun;
  }

  #makeRoom(): void {
    const [oldest] = this.#open;
    if (this.#open.size > mostOpen && oldest !== undefined) this.#leave(...oldest);
  }

  #leave(key: string, { model, idle }: OpenModel<Model>): void {
    this.#open.delete(key);
    const closed = async (): Promise<void> => {
      await idle;
      await (await model).close();
    };
    // What could not be opened needs no closing.
    this.#leaving.push(closed().catch(() => {}));
  }
}
