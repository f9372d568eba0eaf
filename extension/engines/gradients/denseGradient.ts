import type { Optimizer, Update } from '../optimizers/optimizer.ts';
import type { HostGradient, Tuned } from './hostGradient.ts';

/** A gradient of which the engine computes every number; where a tensor tunes some alone, the others are set to 0. */
export class DenseGradient implements HostGradient {
  /** The engine writes the gradient of a micro-batch here. */
  readonly data: Float32Array;
  /** Sum over micro-batches; made when first needed. */
  #sum: Float32Array | undefined;
  /** That of the only micro-batch, or the sum. */
  #ofStep: Float32Array;
  /** Places of the numbers that are tuned; undefined: all. */
  readonly #only: readonly number[] | undefined;

  constructor(data: Float32Array, only?: readonly number[]) {
    this.data = data;
    this.#only = only;
    this.#ofStep = this.data;
  }

  take(microBatch: number, microBatches: number): void {
    const { data } = this;
    if (microBatches > 1) this.#sum ??= new Float32Array(data.length);
    const sum = microBatches > 1 ? this.#sum! : data;
    this.#ofStep = sum;
    if (sum !== data) {
      if (microBatch === 0) sum.set(data);
      else for (let i = 0; i < sum.length; i++) sum[i]! += data[i]!;
    }
    if (this.#only && microBatch === microBatches - 1) clearOthers(sum, this.#only);
  }

  parts(): Iterable<Float32Array> {
    return [this.#ofStep];
  }

  whole(): Float32Array {
    return this.#ofStep.slice();
  }

  apply(optimizer: Optimizer, { values, slots }: Tuned, update: Update): void {
    const only = this.#only;
    if (only) {
      const tuned = at(values, only);
      optimizer.update(tuned, at(this.#ofStep, only), slots, update);
      put(values, only, tuned);
    } else optimizer.update(values, this.#ofStep, slots, update);
  }

  restored(): void {}
}

const at = (values: Float32Array, places: readonly number[]): Float32Array =>
  Float32Array.from(places, (place) => values[place]!);

function put(values: Float32Array, places: readonly number[], found: Float32Array): void {
  for (const [i, place] of places.entries()) values[place] = found[i]!;
}

/** Sets all numbers but some to 0. */
function clearOthers(values: Float32Array, places: readonly number[]): void {
  const kept = at(values, places);
  values.fill(0);
  put(values, places, kept);
}
