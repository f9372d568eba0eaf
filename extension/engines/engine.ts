import { elements, type Feeds, type FrozenTensor, type Tensor } from '../graph/tensor.ts';
import type { DType, Graph } from '../graph/value.ts';
import type { Optimizer } from './optimizers/optimizer.ts';

export type Precision = 'fp32' | 'bf16' | 'fp16';

export type Backbone = 'fp32' | 'int8';

/**
 * Input channels [in] by the name of the frozen weight [out,in] that multiplies them, which are so much larger than the
 * others that bytes would hold little else. Where they are named, the way back from a loss over logits is fp32 as well.
 */
export type OutlierChannels = Readonly<Record<string, readonly number[]>>;

type DeviceKind = 'cpu' | 'webgpu' | 'cuda';

export type Device = 'auto' | DeviceKind | `cuda:${number}`;

/** What an engine can do. A planner fits its programs to this. */
export interface Capabilities {
  /** Devices that it computes on, and the precisions that each of them has. */
  readonly devices: Readonly<
    Partial<Record<DeviceKind, { readonly precisions: readonly Precision[]; readonly backbones: readonly Backbone[] }>>
  >;
  /** It can compile the training graph. */
  readonly compiles: boolean;
  /** It computes in another process: the next step's batches can be sent while a step is computed. */
  readonly stagesAhead: boolean;
  /** It reads feeds where they lie. Only then does an activation cache pay, which is fed at every step. */
  readonly feedsInPlace: boolean;
  /** Outputs can stay in the engine and be fed to later runs. */
  readonly keepsOutputs: boolean;
  /** Names of optimizers that it computes itself; it leaves all others to their `update`. */
  readonly fuses: readonly string[];
}

/** How graphs are computed. Two sessions of the same program may differ in this alone. */
export interface OpenOptions {
  /** Default: the engine's own device. */
  readonly device?: Device | undefined;
  /** Threads of CPU engines; undefined: the engine's choice. */
  readonly threads?: number | undefined;
  /** Precision of matrix products; all else is f32. Default: `fp32`. */
  readonly precision?: Precision | undefined;
  /** Precision of frozen weights in matrix products, forward and backward. Default: `fp32`. */
  readonly backbone?: Backbone | undefined;
  /** What an int8 backbone multiplies in fp32 all the same; undefined: nothing. */
  readonly outliers?: OutlierChannels | undefined;
  /** Whether the training graph is compiled; `auto`: where it pays. Default: `off`. */
  readonly compile?: 'auto' | 'on' | 'off' | undefined;
  /**
   * Optimizer steps of the whole run, from its first to its last: decides how much time is spent on preparing the
   * weights. It can change results in the last bit, so a resumed run must pass the same number. Default: 0.
   */
  readonly expectedSteps?: number | undefined;
}

/** An open engine: computes graphs in this process, or in a program that it has started. */
export interface Engine {
  readonly name: 'onnx' | 'torch';
  /** Where it computes: `cpu`, `cuda:0 (NVIDIA H100)`; `auto` where the device is still to be chosen. */
  readonly device: string;
  readonly capabilities: Capabilities;
  /**
   * Opens graphs that share frozen weights.
   * @throws Error naming a parameter without values, or with the engine's reason
   */
  open<G extends string>(
    graphs: Readonly<Record<G, Graph>>,
    frozen: ReadonlyMap<string, FrozenTensor>,
    options?: OpenOptions,
  ): Promise<Session<G>>;
  /**
   * Opens a program for training.
   * @throws Error naming a parameter that does not fit, or with the engine's reason
   */
  openTraining(program: TrainingProgram, options?: OpenOptions): Promise<TrainingSession>;
  /** Whether sessions can be opened: a program that it has started may have died. */
  readonly isUsable: boolean;
  /** Ends what the engine has started; sessions are closed before. */
  close(): Promise<void>;
}

/** An output that stayed in the engine: a feed of later runs of any session of this engine. */
export interface KeptTensor {
  readonly dtype: DType;
  readonly shape: readonly number[];
  /** A copy that stays in the engine. */
  clone(): Promise<KeptTensor>;
  /** The values. @throws Error for bool, which no host tensor holds */
  fetch(): Promise<Tensor>;
  /** Frees its memory in the engine. */
  release(): Promise<void>;
}

/** Inputs of one run by name. */
export type SessionFeeds = Readonly<Record<string, Tensor | KeptTensor>>;

export interface RunOptions {
  /** Outputs that stay in the engine. */
  readonly keep?: readonly string[];
  /**
   * Outputs that are written over kept tensors of the same type and shape, which stay in the engine. Where the same
   * tensor is fed too, ops that can append to a cache do so in place.
   */
  readonly into?: Readonly<Record<string, KeptTensor>>;
}

export interface RunResult {
  /** Outputs that were fetched. */
  readonly outputs: Readonly<Record<string, Tensor>>;
  /** Outputs named in `keep` or `into`. */
  readonly kept: Readonly<Record<string, KeptTensor>>;
}

/** Open graphs that share weights. Calls do not overlap. */
export interface Session<G extends string = string> {
  /** Computes a graph's outputs for one batch. @throws Error naming the feed that does not fit */
  run(graph: G, feeds: SessionFeeds, options?: RunOptions): Promise<RunResult>;
  /** Puts a host tensor into the engine: the first value of a cache. */
  put(tensor: Tensor): Promise<KeptTensor>;
  close(): Promise<void>;
}

/** A tensor that training changes. Always f32, as are its gradient and optimizer state. */
export interface TrainableTensor {
  readonly name: string;
  readonly shape: readonly number[];
  /** Index into `TrainingProgram.groups`. */
  readonly group: number;
  /** Places of the numbers that are tuned, ascending; all others keep their first values and have no slots. Default: all. */
  readonly only?: readonly number[] | undefined;
}

/** Tensors that share a learning rate and weight decay. */
export interface ParameterGroup {
  readonly name: string;
  readonly learningRate: number;
  readonly weightDecay: number;
}

/** Values of tensors by name, f32, row-major. */
export type TensorValues = ReadonlyMap<string, Float32Array>;

/** Everything that training changes. A slot without a tensor is as a fresh optimizer has it. Slots hold one number for each that is tuned. */
export interface TrainableState {
  readonly values: TensorValues;
  /** What the optimizer keeps, by its slots. */
  readonly slots: Readonly<Record<string, TensorValues>>;
  /** What the engine found by trying, by its own names: a resumed run computes as the whole one does. Absent: nothing. */
  readonly settled?: Readonly<Record<string, number>> | undefined;
}

/** What is trained and how it is optimised; says nothing of the engine. */
export interface TrainingProgram {
  /** Forward with dropout: output `loss` f32[] is the *summed* loss times the input `loss_scale` f32[]. */
  readonly training: Graph;
  /** Forward without dropout: `loss` (summed, unscaled) and the task's evaluation outputs. */
  readonly evaluation: Graph;
  readonly frozen: ReadonlyMap<string, FrozenTensor>;
  readonly trainable: readonly TrainableTensor[];
  readonly groups: readonly ParameterGroup[];
  readonly optimizer: Optimizer;
  /** Determines dropout. */
  readonly seed: number;
  readonly initial: TrainableState;
}

/** Micro-batches whose gradients add up. */
export interface GradientRequest {
  /** From 1. Determines dropout. */
  readonly step: number;
  readonly batches: readonly Feeds[];
  /** Loss is scaled by this: 1 / number of labelled items in all micro-batches. */
  readonly lossScale: number;
}

export interface Gradients {
  /** Mean loss over the labelled items. */
  readonly loss: number;
  /** Gradient of every trainable tensor; 0 for numbers that are not tuned. */
  readonly gradients: TensorValues;
}

/** One optimizer step. */
export interface StepRequest extends GradientRequest {
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
  /** What the user should know, reported once. */
  readonly warning?: { readonly code: string; readonly message: string };
  /** What was chosen or found, reported once. */
  readonly note?: { readonly code: string; readonly message: string };
  /** State of a GPU since the last step, now and then. */
  readonly usage?: DeviceUsage;
}

/** State of a GPU as a whole, whoever uses it; what it does not report is absent. */
export interface DeviceUsage {
  /** Share of the time in which it computed, 0 … 1. */
  readonly utilisation?: number | undefined;
  readonly memoryBytes?: number | undefined;
  readonly powerWatts?: number | undefined;
}

/** A program in training. Calls do not overlap, `stage` aside. */
export interface TrainingSession extends Session<'evaluation'> {
  /** Loss and gradients of micro-batches; nothing is updated. */
  gradients(request: GradientRequest): Promise<Gradients>;
  /** Gradients of the micro-batches, clipped, and one update by the optimizer. */
  step(request: StepRequest): Promise<StepResult>;
  /**
   * Sends the batches of the next step ahead, where the engine `stagesAhead`; else it does nothing. A step with other
   * batches drops them.
   */
  stage(batches: readonly Feeds[]): void;
  /** A consistent copy of everything that training changes. */
  read(): Promise<TrainableState>;
  /** @throws Error when values are missing or have another number of elements */
  write(state: TrainableState): Promise<void>;
}

/** `cuda:1` → `cuda`; a device that is not chosen yet is the CPU. */
export const kindOf = (device: Device): DeviceKind =>
  device === 'auto' ? 'cpu' : (device.split(':')[0] as DeviceKind);

/** How many numbers of a tensor are tuned: so long are its slots. */
export const tunedLength = ({ shape, only }: Pick<TrainableTensor, 'shape' | 'only'>): number =>
  only?.length ?? elements(shape);

/** Whether an engine multiplies by int8 weights on a device. */
export const takesInt8 = ({ capabilities }: Engine, device: Device): boolean =>
  capabilities.devices[kindOf(device)]?.backbones.includes('int8') ?? false;
