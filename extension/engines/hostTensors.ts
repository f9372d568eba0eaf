import {
  type StepRequest,
  type TensorValues,
  type TrainableState,
  type TrainableTensor,
  type TrainingProgram,
  tunedLength,
} from './engine.ts';
import { clippingFactor, globalNorm } from './optimizers/clipping.ts';
import { type Optimizer, type Slots, slotNames } from './optimizers/optimizer.ts';

/** A trainable tensor with everything that is kept for it in this process. */
export interface HostTensor extends TrainableTensor {
  readonly values: Float32Array;
  readonly slots: Slots;
  /** The engine writes the gradient of a micro-batch here. */
  readonly gradient: Float32Array;
  /** Sum over micro-batches; made when first needed. */
  sum: Float32Array | undefined;
}

/**
 * The trainable tensors of a program in this process's memory: adds up gradients, clips them and has the optimizer
 * update the values in place.
 */
export class HostTensors {
  readonly tensors: readonly HostTensor[];
  readonly #optimizer: Optimizer;
  readonly #groups: TrainingProgram['groups'];
  /** Gradients of the step: those of its only micro-batch, or the sums. */
  #gradients: readonly Float32Array[] = [];

  /** @throws Error when values are missing or have another number of elements */
  constructor({
    trainable,
    groups,
    optimizer,
    initial,
  }: Pick<TrainingProgram, 'trainable' | 'groups' | 'optimizer' | 'initial'>) {
    this.#optimizer = optimizer;
    this.#groups = groups;
    this.tensors = trainable.map((tensor) => {
      const length = tensor.shape.reduce((n, dim) => n * dim, 1);
      const zeros = () => new Float32Array(length);
      return {
        ...tensor,
        values: zeros(),
        slots: optimizer.init(tunedLength(tensor)),
        gradient: zeros(),
        sum: undefined,
      };
    });
    this.write(initial);
  }

  /**
   * Adds up the gradients of micro-batches.
   * @param compute fills each tensor's `gradient` and returns the loss
   * @returns the summed loss
   */
  async accumulate<B>(batches: readonly B[], compute: (batch: B, index: number) => Promise<number>): Promise<number> {
    const isSplit = batches.length > 1;
    let loss = 0;
    for (const [index, batch] of batches.entries()) {
      loss += await compute(batch, index);
      if (isSplit) for (const tensor of this.tensors) addToSum(tensor, index === 0);
    }
    this.#gradients = this.tensors.map(({ gradient, sum, only }) => {
      const whole = isSplit ? sum! : gradient;
      if (only) clearOthers(whole, only);
      return whole;
    });
    return loss;
  }

  /**
   * Clips what was accumulated and updates every tensor, unless loss or gradients are not finite.
   * @returns the global norm before clipping
   */
  update(loss: number, request: Pick<StepRequest, 'step' | 'schedule' | 'maxGradientNorm'>): number {
    const { step, schedule, maxGradientNorm } = request;
    const norm = Number.isFinite(loss) ? globalNorm(this.#gradients) : Number.NaN;
    if (!Number.isFinite(norm)) return norm;
    const gradientFactor = clippingFactor(norm, maxGradientNorm);
    for (const [i, { values, slots, group, only }] of this.tensors.entries()) {
      const { learningRate, weightDecay } = this.#groups[group]!;
      const update = { step, learningRate: learningRate * schedule, weightDecay, gradientFactor };
      const gradient = this.#gradients[i]!;
      if (only) {
        const tuned = at(values, only);
        this.#optimizer.update(tuned, at(gradient, only), slots, update);
        put(values, only, tuned);
      } else {
        this.#optimizer.update(values, gradient, slots, update);
      }
    }
    return norm;
  }

  /** A copy of the gradients that were accumulated. */
  gradients(): TensorValues {
    return new Map(this.tensors.map(({ name }, i) => [name, this.#gradients[i]!.slice()]));
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
      tensor.values.set(stateValues(tensor, 'values', state.values)!);
      for (const [slot, values] of Object.entries(tensor.slots)) {
        values.set(stateValues(tensor, slot, state.slots[slot]) ?? this.#optimizer.init(values.length)[slot]!);
      }
    }
  }
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
  if (found ? found.length !== shape.reduce((n, dim) => n * dim, 1) : part === 'values') {
    throw new Error(`${name}: ${part} must have the shape [${shape}], got ${found?.length ?? 'no'} elements`);
  }
  return found;
}

function addToSum(tensor: HostTensor, first: boolean): void {
  tensor.sum ??= new Float32Array(tensor.gradient.length);
  const { sum, gradient } = tensor;
  if (first) sum.set(gradient);
  else for (let i = 0; i < sum.length; i++) sum[i]! += gradient[i]!;
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
