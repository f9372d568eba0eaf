import type { TrainableState, TrainingSession } from '../../engines/engine.ts';
import { counted } from '../../problems/counted.ts';
import type { Report } from './report.ts';

/** Steps after which every tuned tensor must have changed. */
const checkedAfter = 10;
const mostNamed = 5;
/** Steps until the last tensor moves: what multiplies one that begins at zero, as LoRA's A does, has a gradient once that has moved. */
const movingAfter = 3;

interface CheckedSteps {
  readonly totalSteps: number;
  /** Learning-rate factor at a step, from 1. */
  readonly schedule: (step: number) => number;
}

/** Sums that change when a tensor does: enough to see a change, without a copy of it. */
type Fingerprint = readonly [sum: number, squares: number];

/** Looks, a few steps into an attempt, whether every tuned tensor has changed, and warns of those that have not. */
export class ChangeCheck {
  readonly #session: Pick<TrainingSession, 'read'>;
  readonly #steps: CheckedSteps;
  readonly #report: Report;
  #first = 0;
  #before: ReadonlyMap<string, Fingerprint> | undefined;

  constructor(session: Pick<TrainingSession, 'read'>, steps: CheckedSteps, report: Report) {
    this.#session = session;
    this.#steps = steps;
    this.#report = report;
  }

  /** @param step the last one before this attempt; far into a run nothing is checked again */
  async begin(step: number): Promise<void> {
    if (step >= checkedAfter) return;
    this.#first = step;
    this.#before = fingerprints(await this.#session.read());
  }

  async after(step: number): Promise<void> {
    const before = this.#before;
    if (!before || step !== Math.min(this.#first + checkedAfter, this.#steps.totalSteps)) return;
    const after = fingerprints(await this.#session.read());
    const unchanged = [...after].filter(([name, now]) => isSame(before.get(name), now)).map(([name]) => name);
    if (unchanged.length > 0) this.#warn(unchanged, after.size, step);
  }

  #warn(names: readonly string[], total: number, step: number): void {
    const rates = Array.from({ length: step - this.#first }, (_, i) => this.#steps.schedule(this.#first + i + 1));
    const moving = rates.filter((rate) => rate > 0).length;
    if (names.length < total && moving < movingAfter) return;
    const cure =
      moving === 0
        ? 'the learning rate is 0 in the first step of a warm-up; raise training.max_steps or training.epochs, or set training.warmup_ratio: 0'
        : 'raise the learning rate, or leave them out';
    const shown = names.slice(0, mostNamed).join(', ');
    const more = names.length > mostNamed ? ` and ${names.length - mostNamed} more` : '';
    const what = `${names.length} of ${total} tuned tensors have not changed`;
    const message = `${what} after ${counted(step, 'step')}: ${shown}${more}; ${cure}`;
    this.#report({ type: 'warning', code: 'nothing-moves', message });
  }
}

function fingerprints({ values }: Pick<TrainableState, 'values'>): ReadonlyMap<string, Fingerprint> {
  const taken = new Map<string, Fingerprint>();
  for (const [name, numbers] of values) {
    let [sum, squares] = [0, 0];
    for (const value of numbers) {
      sum += value;
      squares += value * value;
    }
    taken.set(name, [sum, squares]);
  }
  return taken;
}

const isSame = (a: Fingerprint | undefined, b: Fingerprint): boolean =>
  a !== undefined && a[0] === b[0] && a[1] === b[1];
