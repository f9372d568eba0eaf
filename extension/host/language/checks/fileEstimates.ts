/** Tells what starting a file would need; undefined where that cannot be told now, but may be later. */
export type Estimator<Estimate> = (file: string) => Promise<Estimate | undefined>;

/** A file as it is on disk. */
interface SavedFile {
  readonly file: string;
  readonly text: string;
}

interface EstimatesOptions<Estimate> {
  readonly estimate: Estimator<Estimate>;
  /** Told when there is a new estimate. */
  publish(): void;
  /** Told why a file could not be estimated. */
  onError(error: unknown): void;
  /** How long a file must rest before a process is started for it. */
  readonly restMs?: number;
}

const restMsDefault = 1000;
/** Estimates kept; the oldest is forgotten first. */
const mostKept = 100;

/** Estimates of open files by their content, made one after the other in processes of their own. */
export class FileEstimates<Estimate> {
  readonly #options: EstimatesOptions<Estimate>;
  /** By file and text; null where it cannot be estimated. */
  readonly #known = new Map<string, Estimate | null>();
  /** The latest text of each file that waits for its turn. */
  readonly #waiting = new Map<string, string>();
  #timer: NodeJS.Timeout | undefined;
  #isWorking = false;
  /** The file that is estimated now, and whether what was known of it is forgotten meanwhile. */
  #now: { readonly file: string; isForgotten: boolean } | undefined;

  constructor(options: EstimatesOptions<Estimate>) {
    this.#options = options;
  }

  /** The estimate of this very text, where it is known. */
  of(config: SavedFile): Estimate | undefined {
    return this.#known.get(keyOf(config)) ?? undefined;
  }

  /** Has a file estimated when it has rested, unless that was done. */
  want({ file, text }: SavedFile): void {
    if (this.#known.has(keyOf({ file, text }))) return;
    this.#waiting.set(file, text);
    this.#workLater();
  }

  /**
   * Data, models or settings have changed: what was known of them no longer holds, nor what is under way.
   * @param file the one whose estimates hang on them; default: all
   */
  forget(file?: string): void {
    if (this.#now !== undefined && (file ?? this.#now.file) === this.#now.file) this.#now.isForgotten = true;
    for (const key of this.#known.keys()) if (file === undefined || fileOf(key) === file) this.#known.delete(key);
  }

  dispose(): void {
    clearTimeout(this.#timer);
    this.#waiting.clear();
  }

  #workLater(): void {
    clearTimeout(this.#timer);
    if (this.#waiting.size === 0) return;
    this.#timer = setTimeout(() => void this.#work(), this.#options.restMs ?? restMsDefault);
  }

  async #work(): Promise<void> {
    // Whoever works already comes to what is waiting.
    if (this.#isWorking) return;
    this.#isWorking = true;
    try {
      for (const [file, text] of this.#waiting) {
        this.#waiting.delete(file);
        await this.#estimate({ file, text });
      }
    } finally {
      this.#isWorking = false;
    }
  }

  async #estimate(config: SavedFile): Promise<void> {
    const now = { file: config.file, isForgotten: false };
    this.#now = now;
    try {
      const estimate = await this.#options.estimate(config.file);
      if (estimate !== undefined && !now.isForgotten) this.#keep(config, estimate);
    } catch (error) {
      if (!now.isForgotten) this.#keep(config, null);
      this.#options.onError(error);
    }
  }

  #keep(config: SavedFile, estimate: Estimate | null): void {
    this.#known.set(keyOf(config), estimate);
    if (this.#known.size > mostKept) this.#known.delete(this.#known.keys().next().value!);
    if (estimate !== null) this.#options.publish();
  }
}

const keyOf = ({ file, text }: SavedFile): string => JSON.stringify([file, text]);
const fileOf = (key: string): string => (JSON.parse(key) as [string])[0];
