import type { Feeds, FrozenTensor, Tensor } from '../graph/tensor.ts';
import type { Graph } from '../graph/value.ts';

/** A tensor that training changes. Always f32, as are its gradient and optimizer state. */
export interface TrainableTensor {
  readonly name: string;
  readonly shape: readonly number[];
  /** Index into `TrainingProgram.groups`. */
  readonly group: number;
}

/** Tensors that share a learning rate and weight decay. */
export interface ParameterGroup {
  readonly name: string;
  readonly learningRate: number;
  readonly weightDecay: number;
}

/** What an executor is given once: graphs, weights, and how to optimise. */
export interface TrainingProgram {
  /** Forward with dropout: output `loss` f32[] is the *summed* loss times the input `loss_scale` f32[]. */
  readonly training: Graph;
  /** Forward without dropout: `loss` (summed, unscaled) and `logits`. */
  readonly evaluation: Graph;
  /** What does not change while training: its outputs are inputs of the other two; absent: they need nothing of it. */
  readonly fixed?: Graph;
  readonly trainable: readonly TrainableTensor[];
  readonly groups: readonly ParameterGroup[];
  readonly frozen: ReadonlyMap<string, FrozenTensor>;
  readonly optimizer: { readonly beta1: number; readonly beta2: number; readonly epsilon: number };
  /** Threads for CPU engines; undefined: the engine's choice. */
  readonly threads: number | undefined;
  /** Determines the dropout pool. */
  readonly seed: number;
  /** Where to run; `auto` is the engine's safest choice. Default: `auto`. */
  readonly device?: Device;
  /** What products are computed in; all else is f32. Default: `fp32`. */
  readonly precision?: Precision;
  /** Whether the training graph is compiled where the engine can; `auto`: where it pays. Default: `off`. */
  readonly compile?: 'auto' | 'on' | 'off';
  /** What frozen weights are multiplied in, forward and backward; all else is f32. Default: `fp32`. */
  readonly backbone?: Backbone;
  /**
   * Optimizer steps of the whole run, from its first to its last: engines choose by it how much time to spend on
   * preparing the weights. The choice can change results in the last bit, so a resumed run must pass the same number.
   */
  readonly expectedSteps?: number;
}

export type Precision = 'fp32' | 'bf16' | 'fp16';

export type Backbone = 'fp32' | 'int8';

export type Device = 'auto' | 'cpu' | 'webgpu' | 'cuda' | `cuda:${number}`;

/** One optimizer step over one or more micro-batches whose gradients add up. */
export interface StepRequest {
  /** From 1. Determines dropout and Adam's bias correction. */
  readonly step: number;
  readonly batches: readonly Feeds[];
  /** Loss is scaled by this: 1 / number of labelled items in all micro-batches. */
  readonly lossScale: number;
  /** Learning-rate factor of the schedule at this step, times each group's rate. */
  readonly schedule: number;
  /** Global norm above which gradients are scaled down; undefined: no clipping. */
  readonly maxGradientNorm: number | undefined;
}

export interface StepResult {
  /** Mean loss over the labelled items. */
  readonly loss: number;
  /** Global norm before clipping. NaN or infinity means that nothing was updated. */
  readonly gradientNorm: number;
  /** What the user should know, told once. */
  readonly warning?: { readonly code: string; readonly message: string };
  /** What was chosen or found, told once. */
  readonly note?: { readonly code: string; readonly message: string };
  /** What was seen of a GPU since the last step, now and then. */
  readonly usage?: DeviceUsage;
}

/** Of a GPU as a whole, whoever uses it; what it does not tell is absent. */
export interface DeviceUsage {
  /** Share of the time in which it computed, 0 … 1. */
  readonly utilisation?: number | undefined;
  readonly memoryBytes?: number | undefined;
  readonly powerWatts?: number | undefined;
}

/** Tuned tensors and optimizer moments by name; `moment1` and `moment2` are absent for an adapter alone. */
export interface TrainableState {
  readonly values: ReadonlyMap<string, Float32Array>;
  readonly moment1: ReadonlyMap<string, Float32Array>;
  readonly moment2: ReadonlyMap<string, Float32Array>;
}

/** Runs a program on one engine. Calls do not overlap, but for `stage`. */
export interface Executor {
  step(request: StepRequest): Promise<StepResult>;
  /**
   * Takes the batches of the next step while one is computed; there where an engine computes elsewhere. A step with
   * other batches forgets them.
   */
  stage?(batches: readonly Feeds[]): void;
  /** Outputs of the evaluation graph for one batch. */
  evaluate(feeds: Feeds): Promise<Readonly<Record<string, Tensor>>>;
  /** Outputs of the program's `fixed` graph for one batch; there where the program has one. */
  computeFixed?(feeds: Feeds): Promise<Readonly<Record<string, Tensor>>>;
  /** A consistent copy of everything that training changes. */
  read(): Promise<TrainableState>;
  write(state: TrainableState): Promise<void>;
  close(): Promise<void>;
}

/** One engine behind the registry. */
export interface ExecutorFamily {
  readonly name: 'onnx' | 'torch';
  /** Whether programs may have a `fixed` graph. */
  readonly computesFixed: boolean;
  /** Whether programs for the CPU may have the backbone int8. */
  readonly quantizes: boolean;
  create(program: TrainingProgram, initial: TrainableState): Promise<Executor>;
}
