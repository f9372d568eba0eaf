import type { Feeds, FrozenTensor, Tensor } from '../graph/tensor.ts';
import type { Graph } from '../graph/value.ts';
import {
  type Backbone,
  type Device,
  type Engine,
  type OpenOptions,
  type ParameterGroup,
  type Precision,
  type StepRequest,
  type StepResult,
  type TrainableTensor,
  takesInt8,
} from './engine.ts';
import { adamW } from './optimizers/adamW.ts';

export type {
  Backbone,
  Device,
  DeviceUsage,
  ParameterGroup,
  Precision,
  StepRequest,
  StepResult,
  TrainableTensor,
} from './engine.ts';

/** What an executor is given once: graphs, weights, and how to optimise. */
export interface TrainingProgram {
  readonly training: Graph;
  readonly evaluation: Graph;
  readonly fixed?: Graph;
  readonly trainable: readonly TrainableTensor[];
  readonly groups: readonly ParameterGroup[];
  readonly frozen: ReadonlyMap<string, FrozenTensor>;
  readonly optimizer: { readonly beta1: number; readonly beta2: number; readonly epsilon: number };
  readonly threads: number | undefined;
  readonly seed: number;
  readonly device?: Device;
  readonly precision?: Precision;
  readonly compile?: 'auto' | 'on' | 'off';
  readonly backbone?: Backbone;
  readonly expectedSteps?: number;
}

/** Tuned tensors and optimizer moments by name; `moment1` and `moment2` are absent for an adapter alone. */
export interface TrainableState {
  readonly values: ReadonlyMap<string, Float32Array>;
  readonly moment1: ReadonlyMap<string, Float32Array>;
  readonly moment2: ReadonlyMap<string, Float32Array>;
}

/** A training session as its callers still know it; they move to `TrainingSession`. */
export interface Executor {
  step(request: StepRequest): Promise<StepResult>;
  stage?(batches: readonly Feeds[]): void;
  evaluate(feeds: Feeds): Promise<Readonly<Record<string, Tensor>>>;
  computeFixed?(feeds: Feeds): Promise<Readonly<Record<string, Tensor>>>;
  read(): Promise<TrainableState>;
  write(state: TrainableState): Promise<void>;
  close(): Promise<void>;
}

export interface ExecutorFamily {
  readonly name: 'onnx' | 'torch';
  readonly computesFixed: boolean;
  readonly quantizes: boolean;
  readonly engine: Engine;
  create(program: TrainingProgram, initial: TrainableState): Promise<Executor>;
}

/** Opens executors on an engine. */
export const executorFamily = (engine: Engine): ExecutorFamily => ({
  name: engine.name,
  computesFixed: engine.capabilities.feedsInPlace,
  quantizes: takesInt8(engine, 'cpu'),
  engine,
  async create(program, { values, ...slots }) {
    const { training, evaluation, fixed, trainable, groups, frozen, seed } = program;
    const options: OpenOptions = program;
    const session = await engine.openTraining(
      {
        ...{ training, evaluation, trainable, groups, frozen, seed },
        optimizer: adamW(program.optimizer),
        initial: { values, slots: { ...slots } },
      },
      options,
    );
    const prefix = fixed && (await engine.open({ fixed }, frozen, options));
    return {
      step: (request) => session.step(request),
      ...(engine.capabilities.stagesAhead && { stage: (batches: readonly Feeds[]) => session.stage(batches) }),
      evaluate: async (feeds) => (await session.run('evaluation', feeds)).outputs,
      ...(prefix && { computeFixed: async (feeds: Feeds) => (await prefix.run('fixed', feeds)).outputs }),
      read: async () => {
        const state = await session.read();
        const { moment1 = new Map(), moment2 = new Map() } = state.slots;
        return { values: state.values, moment1, moment2 };
      },
      write: (state) =>
        session.write({ values: state.values, slots: { moment1: state.moment1, moment2: state.moment2 } }),
      async close() {
        await session.close();
        await prefix?.close();
      },
    };
  },
});
