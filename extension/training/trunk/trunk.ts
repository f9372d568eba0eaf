import { type ModelFolder, openModel } from '../../checkpoint/modelFolder.ts';
import type { LoadedSplit } from '../../data/rows/splits.ts';
import { loadTokenizer, type TextTokenizer } from '../../data/tokenizer/tokenizer.ts';
import type { Engine } from '../../engines/engine.ts';
import { type EngineSettings, startEngine } from '../../engines/startEngine.ts';
import type { ActivationCache } from './activationCache.ts';

/**
 * What the runs of one process have in common, opened once: the engine, a model's files, its tokenizer, tokenised rows,
 * and the activation cache of a frozen prefix. A run that has it from here ends with the same bits as one that opened it itself.
 */
export class Trunk {
  readonly #models = new Shared<Promise<ModelFolder>>();
  readonly #tokenizers = new Shared<Promise<TextTokenizer>>();
  readonly #splits = new Shared<Promise<LoadedSplit>>();
  readonly #caches = new Shared<ActivationCache>();
  #engine: { readonly key: string; readonly engine: Engine } | undefined;

  /**
   * The engine of the run before, where it was started with the same settings and can still be used; else it is ended,
   * and another one started. Importing torch alone takes seconds.
   * @throws UserError when torch, Python or the device is missing
   */
  async engine(settings: EngineSettings & { readonly threads: number | null }, baseFolder: string): Promise<Engine> {
    const { executor, device, python, num_processes, torchrun, threads } = settings;
    // A process that was given a number of threads keeps it.
    const key = JSON.stringify([executor, device, python, num_processes, torchrun, threads, baseFolder]);
    if (this.#engine?.key === key && this.#engine.engine.isUsable) return this.#engine.engine;
    await this.close();
    const engine = await startEngine(settings, baseFolder);
    this.#engine = { key, engine };
    return engine;
  }

  model(folder: string): Promise<ModelFolder> {
    return this.#models.get(folder, () => openModel(folder));
  }

  tokenizer({ folder, dimensions }: ModelFolder): Promise<TextTokenizer> {
    return this.#tokenizers.get(folder, () => loadTokenizer(folder, dimensions.vocabulary));
  }

  /** @param key all that the rows depend on, the hash of their file included */
  split(key: string, load: () => Promise<LoadedSplit>): Promise<LoadedSplit> {
    return this.#splits.get(key, load);
  }

  /**
   * @param key all that the values depend on
   * @param limitBytes what the caches of all runs may take together: the one that was used least recently goes first
   */
  cache(key: string, limitBytes: number, make: () => ActivationCache): ActivationCache {
    const cache = this.#caches.get(key, make);
    this.#caches.trim(({ bytes }) => bytes, limitBytes);
    return cache;
  }

  /**
   * Lets go of what the run that has ended did not use, so that no run needs more memory than a few like it. Caches stay
   * while runs use any, for runs of other seeds take turns with theirs.
   */
  endRun(): void {
    for (const shared of [this.#models, this.#tokenizers, this.#splits]) shared.forgetUnused();
    this.#caches.forgetUnused(this.#caches.isUsed);
  }

  /** Ends the engine. */
  async close(): Promise<void> {
    const { engine } = this.#engine ?? {};
    this.#engine = undefined;
    await engine?.close();
  }
}

/** Values by key, each made once, the one used last at the end. */
class Shared<T> {
  readonly #values = new Map<string, T>();
  /** Since the last look. */
  #used = new Set<string>();

  get(key: string, make: () => T): T {
    const value = this.#values.get(key) ?? make();
    this.#values.delete(key);
    this.#values.set(key, value);
    this.#used.add(key);
    return value;
  }

  get isUsed(): boolean {
    return this.#used.size > 0;
  }

  /** Forgets the values used least recently, as far as all together are larger than a limit. */
  trim(sizeOf: (value: T) => number, limit: number): void {
    let size = 0;
    for (const [key, value] of [...this.#values].reverse()) {
      size += sizeOf(value);
      if (size > limit) this.#values.delete(key);
    }
  }

  /** @param keepAll only begins to look anew at what is used */
  forgetUnused(keepAll = false): void {
    for (const key of this.#values.keys()) if (!keepAll && !this.#used.has(key)) this.#values.delete(key);
    this.#used = new Set();
  }
}
