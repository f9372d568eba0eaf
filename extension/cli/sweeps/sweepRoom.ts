import { existsSync } from 'node:fs';
import { availableParallelism, freemem } from 'node:os';
import type { ConfigDraft } from '../../config/resolved/resolve.ts';
import type { JournalEvent } from '../../contract/journal.ts';
import { mayHaveGpu } from '../../engines/trials/mayHaveGpu.ts';
import type { LocalPlace } from '../../experiments/file/sweep.ts';
import type { SweepPlan } from '../../experiments/plan/planSweep.ts';
import type { PriceShares } from '../../experiments/plan/sweepCost.ts';

/** As many runs go on at the same time as this, however many cores there are: each has a model of its own in memory. */
const mostWorthwhile = 8;

/** A run needs more memory than it has told of at its first step: longer batches and an evaluation are to come. */
const growth = 2;

/** What a sweep may use of this machine. */
interface Shares {
  /** Runs at the same time. */
  readonly runs: number;
  /** Threads of each; undefined: those that the run has by itself. */
  readonly threads: number | undefined;
}

/**
 * How a sweep divides this machine. Two runs with one thread each take less time than one after the other with two:
 * batches are small, and between products there is work that one thread does. Their bits are the same with any number.
 * A GPU, and an engine whose bits depend on its threads, are not divided unless the sweep says so.
 */
export function sharesOf(
  { atOnce, gpus }: Omit<LocalPlace, 'engine'>,
  { cells, tuningRuns, resultCount }: SweepPlan,
  cores = availableParallelism(),
): Shares {
  const configs = cells.flatMap((cell) => cell.configs);
  const perRun = Math.max(1, ...configs.map(({ threads }) => threads ?? 1));
  const room = configs.every(isOnProcessor) ? Math.floor(cores / perRun) : 1;
  const total = tuningRuns.length + resultCount;
  const runs = Math.max(1, Math.min(total, atOnce ?? Math.min(room, mostWorthwhile)));
  return { runs, threads: runs === 1 || gpus > 0 ? undefined : threadsOf(cores, runs) };
}

/**
 * How runs of a sweep share this machine when they are priced.
 * @param runBytes memory of the largest
 */
export function priceShares(
  where: LocalPlace,
  plan: SweepPlan,
  runBytes: number,
  machine = { cores: availableParallelism(), free: freeBytes },
): PriceShares {
  const { cores, free } = machine;
  const { runs, threads } = sharesOf(where, plan, cores);
  const atOnce = where.atOnce === undefined ? Math.max(1, Math.min(runs, Math.floor(free() / runBytes))) : runs;
  if (where.gpus > 0) return { atOnce, speedup: Math.min(atOnce, where.gpus) };
  const configs = plan.cells.flatMap((cell) => cell.configs);
  const most = Math.max(...configs.map((config) => config.threads ?? threads ?? 1));
  // Runs beyond the cores wait for each other.
  return { atOnce, speedup: Math.max(1, Math.min(atOnce, cores / most)) };
}

const threadsOf = (cores: number, runs: number): number => Math.max(1, Math.floor(cores / runs));

const isOnProcessor = ({ executor, device, backbone }: ConfigDraft): boolean =>
  executor === 'onnx' &&
  (device === 'cpu' ||
    (device === 'auto' && (backbone === 'int8' || !mayHaveGpu(process.platform, process.env, existsSync))));

/** Memory that this process and those that it starts may still take. */
const freeBytes = (): number => process.availableMemory?.() ?? freemem();

/** How many runs may begin now: as many as the sweep says, else as many as there are cores and memory for. */
export class SweepRoom {
  readonly #shares: Shares;
  readonly #isFixed: boolean;
  readonly #keptBytes: number;
  readonly #machine: { readonly cores: number; free(): number };
  /** The most that a run has told of. */
  #toldBytes = 0;
  #told = (): void => {};
  /** Resolves when it is known what a run needs. */
  readonly known = new Promise<void>((resolve) => {
    this.#told = resolve;
  });

  constructor(where: LocalPlace, plan: SweepPlan, machine = { cores: availableParallelism(), free: freeBytes }) {
    this.#shares = sharesOf(where, plan, machine.cores);
    this.#isFixed = where.atOnce !== undefined;
    const kept = plan.cells.flatMap(({ configs }) => configs.map(({ training }) => training.kept_activations_mb));
    this.#keptBytes = Math.max(0, ...kept) * 1e6;
    this.#machine = machine;
  }

  get most(): number {
    return this.#shares.runs;
  }

  /** Threads of each run where so many go at once; undefined: those that it has by itself. */
  threadsOf(running: number): number | undefined {
    const isOpen = !this.#isFixed && this.#toldBytes > 0 && this.#shares.threads !== undefined;
    return isOpen ? threadsOf(this.#machine.cores, running) : this.#shares.threads;
  }

  /** Runs that may begin beside those under way. The first one tells what the others will need. */
  left(running: number): number {
    const places = this.most - running;
    if (this.#isFixed || places <= 0) return places;
    const needed = growth * this.#toldBytes + this.#keptBytes;
    const room = this.#toldBytes === 0 ? 0 : Math.floor(this.#machine.free() / needed);
    return Math.max(running === 0 ? 1 : 0, Math.min(places, room));
  }

  heard(events: readonly JournalEvent[]): void {
    for (const event of events)
      if (event.type === 'progress' && event.memoryBytes !== undefined) {
        this.#toldBytes = Math.max(this.#toldBytes, event.memoryBytes);
        this.#told();
      }
  }
}
