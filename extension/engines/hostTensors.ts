import { elements } from '../graph/tensor.ts';
import {
  type StepRequest,
  type TensorValues,
  type TrainableState,
  type TrainableTensor,
  type TrainingProgram,
  tunedLength,
} from './engine.ts';
import { DenseGradient } from './gradients/denseGradient.ts';
import type { HostGradient, Tuned } from './gradients/hostGradient.ts';
import { RowGradient } from './gradients/rowGradient.ts';
import { clippingFactor, globalNorm } from './optimizers/clipping.ts';
import { vectorArrays } from './optimizers/kernel.ts';
import { type Optimizer, slotNames } from './optimizers/optimizer.ts';

/** A trainable tensor with everything that is kept for it in this process. */
interface HostTensor extends TrainableTensor, Tuned {
  readonly gradient: HostGradient;
}

/** A tensor with the gradient that an engine fills. */
type Filled<G extends HostGradient> = Pick<HostTensor, 'name' | 'shape'> & { readonly gradient: G };

/**
 * The trainable tensors of a program in this process's memory: adds up gradients, clips them and has the optimizer
 * update the values in place.
 */
export class HostTensors {
  readonly tensors: readonly HostTensor[];
  /** Those of whose gradients the engine writes every number. */
  readonly dense: readonly Filled<DenseGradient>[];
  /** Those of whose gradients the engine hands over rows. */
  readonly tables: readonly Filled<RowGradient>[];
  readonly #optimizer: Optimizer;
  readonly #groups: TrainingProgram['groups'];

  /**
   * @param byRows tensors of whose gradients the engine hands over rows
   * @throws Error when values are missing or have another number of elements
   */
  constructor(
    { trainable, groups, optimizer, initial }: Pick<TrainingProgram, 'trainable' | 'groups' | 'optimizer' | 'initial'>,
    byRows: ReadonlySet<string> = new Set(),
  ) {
    this.#optimizer = optimizer;
    this.#groups = groups;
    const slotCount = slotNames(optimizer).length;
    const arrays = vectorArrays(
      trainable.flatMap((tensor) => {
        const slots = Array<number>(slotCount).fill(tunedLength(tensor));
        return [elements(tensor.shape), ...slots, byRows.has(tensor.name) ? tensor.shape[1]! : elements(tensor.shape)];
      }),
    ).values();
    const next = () => arrays.next().value!;
    const dense: Filled<DenseGradient>[] = [];
    const tables: Filled<RowGradient>[] = [];
    this.tensors = trainable.map((tensor) => {
      const { name, shape } = tensor;
      const values = next();
      const slotArrays = Array.from({ length: slotCount }, next);
      const kept = { values, slots: optimizer.init(tunedLength(tensor), () => slotArrays.shift()!) };
      if (byRows.has(name)) {
        const gradient = new RowGradient(shape[0]!, next());
        tables.push({ name, shape, gradient });
        return { ...tensor, ...kept, gradient };
      }
      const gradient = new DenseGradient(next(), tensor.only);
      dense.push({ name, shape, gradient });
      return { ...tensor, ...kept, gradient };
    });
    [this.dense, this.tables] = [dense, tables];
    for (const tensor of this.tensors) takeOver(tensor, initial, false);
  }

  /**
   * Adds up the gradients of micro-batches.
   * @param compute fills the gradients of `dense` and `tables` and returns the loss
   * @returns the summed loss
   */
  async accumulate<B>(batches: readonly B[], compute: (batch: B, index: number) => Promise<number>): Promise<number> {
    let loss = 0;
    for (const [index, batch] of batches.entries()) {
      loss += await compute(batch, index);
      for (const { gradient } of this.tensors) gradient.take(index, batches.length);
    }
    return loss;
  }

  /**
   * Clips what was accumulated and updates every tensor, unless loss or gradients are not finite.
   * @returns the global norm before clipping
   */
  update(loss: number, request: Pick<StepRequest, 'step' | 'schedule' | 'maxGradientNorm'>): number {
    const { step, schedule, maxGradientNorm } = request;
    const norm = Number.isFinite(loss) ? globalNorm(this.#gradientParts()) : Number.NaN;
    if (!Number.isFinite(norm)) return norm;
    const gradientFactor = clippingFactor(norm, maxGradientNorm);
    for (const tensor of this.tensors) {
      const { learningRate, weightDecay } = this.#groups[tensor.group]!;
      const update = { step, learningRate: learningRate * schedule, weightDecay, gradientFactor };
      tensor.gradient.apply(this.#optimizer, tensor, update);
    }
    return norm;
  }

  /** A copy of the gradients that were accumulated. */
  gradients(): TensorValues {
    return new Map(this.tensors.map(({ name, gradient }) => [name, gradient.whole()]));
  }

  /** A copy of values and slots. */
  read(): TrainableState {
    const copy = (part: (tensor: HostTensor) => Float32Array) =>
      new Map(this.tensors.map((tensor) => [tensor.name, part(tensor).slice()]));
    const slots = slotNames(this.#optimizer).map((slot) => [slot, copy((tensor) => tensor.slots[slot]!)] as const);
    return { values: copy(({ values }) => values), slots: Object.fromEntries(slots) };
  }

  /** Takes over values and slots. @throws Error when values are missing or have another number of elements */
  write(state: TrainableState): void {
    for (const tensor of this.tensors) {
      const fresh = this.#optimizer.init(tunedLength(tensor));
      for (const [slot, values] of Object.entries(tensor.slots)) values.set(fresh[slot]!);
      takeOver(tensor, state, true);
    }
  }

  *#gradientParts(): Iterable<Float32Array> {
    for (const { gradient } of this.tensors) yield* gradient.parts();
  }
}

/**
 * Leaves slots as they are that the state does not have.
 * @param hasChanged whether they have been written since they were made
 * @throws Error when values are missing or have another number of elements
 */
function takeOver(tensor: HostTensor, state: TrainableState, hasChanged: boolean): void {
  tensor.values.set(stateValues(tensor, 'values', state.values)!);
  for (const [slot, values] of Object.entries(tensor.slots)) {
    const found = stateValues(tensor, slot, state.slots[slot]);
    if (found) values.set(found);
    hasChanged ||= found !== undefined;
  }
  if (hasChanged) tensor.gradient.restored(tensor.slots);
}

/** Of a tensor's values, or of one of its slots. */
export const partShape = (tensor: TrainableTensor, part: string): readonly number[] =>
  part === 'values' || !tensor.only ? tensor.shape : [tunedLength(tensor)];

/**
 * A tensor's part of a state; undefined for a slot that the state does not have.
 * @throws Error when values are missing or have another number of elements
 */
export function stateValues(
  tensor: TrainableTensor,
  part: string,
  from: TensorValues | undefined,
): Float32Array | undefined {
  const { name } = tensor;
  const found = from?.get(name);
  const shape = partShape(tensor, part);
  if (found ? found.length !== elements(shape) : part === 'values') {
    throw new Error(`${name}: ${part} must have the shape [${shape}], got ${found?.length ?? 'no'} elements`);
  }
  return found;
}
