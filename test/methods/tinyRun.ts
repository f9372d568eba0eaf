import type { TrainingProgram, TrainingSession } from '../../extension/engines/engine.ts';
import { onnxEngine } from '../../extension/engines/onnx/onnxEngine.ts';
import { defaultAdamW } from '../../extension/engines/optimizers/adamW.ts';
import { type Node, topological } from '../../extension/graph/node.ts';
import { crossEntropy, input, multiply } from '../../extension/graph/ops.ts';
import { elements, type Feeds, type Tensor } from '../../extension/graph/tensor.ts';
import type { ConfiguredMethod, ModelOutline } from '../../extension/methods/declaration/method.ts';
import { declareUnion, type UnionDeclaration } from '../../extension/methods/entries/declare.ts';
import { constantsOf, familyOf } from '../../extension/models/families.ts';
import type { TensorSpec } from '../../extension/models/model/tensors.ts';
import { Random } from '../../extension/numbers/random.ts';
import { buildLogits } from '../../extension/training/plan/program.ts';
import { addedValues } from '../../extension/training/plan/tuning.ts';
import { testDevice } from '../support/testDevice.ts';

const classes = 3;

export type Values = ReadonlyMap<string, Float32Array>;

/** The head's tensors, with the pooler's where the head reads them: they belong to no method. */
export function headOf({ dimensions, tensors }: ModelOutline): readonly TensorSpec[] {
  const head = familyOf(dimensions).heads.sequence!(dimensions, classes);
  const pooler = head.readsPooler ? tensors.filter(({ site }) => site === 'pooler') : [];
  return [...pooler, ...head.tensors];
}

/** Base and head weights as a trained model might have them: nothing zero, gains near one. */
export function baseWeights(model: ModelOutline): Values {
  const specs = new Map([...model.tensors, ...headOf(model)].map((spec) => [spec.name, spec]));
  return new Map(
    [...specs.values()].map(({ name, shape, role }) => {
      const random = new Random(3, name);
      const draw = () => (role === 'gain' ? 1 : 0) + 0.4 * random.nextNormal();
      return [name, Float32Array.from({ length: elements(shape) }, draw)];
    }),
  );
}

/** A union on a tiny model: what it declares, and the first values of all that trains. */
export class TinyRun {
  readonly union: UnionDeclaration;
  readonly first: Values;

  constructor(
    readonly model: ModelOutline,
    readonly methods: readonly ConfiguredMethod[],
    readonly base: Values = baseWeights(model),
    private readonly rows: Rows = someRows(model),
  ) {
    this.union = declareUnion(model, methods, { head: headOf(model), learningRate: undefined });
    this.first = new Map(
      this.union.tunable.map(({ spec, initializer }) => [
        spec.name,
        initializer ? addedValues({ ...spec, initializer }, 1, new Map()) : base.get(spec.name)!,
      ]),
    );
  }

  /** The first values moved away from their special points (zero partners, pretrained values). */
  moved(): Values {
    return new Map(
      [...this.first].map(([name, values]) => {
        const random = new Random(9, name);
        return [name, values.map((value) => value + 0.2 * random.nextNormal())];
      }),
    );
  }

  /** Tunable parameters that the graph really has, by name, with their shapes. */
  built(): Map<string, readonly number[]> {
    const parameters = topological([this.graph().logits])
      .filter((node): node is Node<'parameter'> => node.op === 'parameter')
      .map((node) => node.attributes);
    return new Map(parameters.filter(({ trainable }) => trainable).map(({ name, shape }) => [name, shape]));
  }

  async logits(values: Values): Promise<Float32Array> {
    const session = await this.open(values, 0);
    const { outputs } = await session.run('evaluation', this.batch());
    await session.close();
    return outputs.logits!.data as Float32Array;
  }

  /** Gradient of every tunable tensor at some values. */
  async gradients(values: Values): Promise<Values> {
    const session = await this.open(values, 0);
    const { gradients } = await session.gradients({ step: 1, batches: [this.batch()], lossScale: 1 });
    await session.close();
    return gradients;
  }

  /** Tunable tensors after one step. */
  async trained(values: Values): Promise<Values> {
    const session = await this.open(values, 0.01);
    const request = { step: 1, batches: [this.batch()], lossScale: 1, schedule: 1, maxGradientNorm: undefined };
    await session.step(request);
    const state = await session.read();
    await session.close();
    return state.values;
  }

  private graph() {
    return buildLogits({
      outline: this.model,
      methods: this.methods,
      head: 'sequence',
      outputs: classes,
      tensors: [...this.model.tensors, ...headOf(this.model), ...this.union.added],
      trainable: new Set(this.first.keys()),
    });
  }

  private open(values: Values, learningRate: number): Promise<TrainingSession> {
    const { logits } = this.graph();
    const loss = crossEntropy(logits, input('labels', 'i64', ['B']));
    const shapes = new Map([...this.model.tensors, ...headOf(this.model)].map(({ name, shape }) => [name, shape]));
    const constants = constantsOf(this.model.dimensions).map(({ name, shape, values }) => {
      return [name, { kind: 'memory', data: values(), shape }] as const;
    });
    const program: TrainingProgram = {
      training: { outputs: { loss: multiply(loss, input('loss_scale', 'f32', [])) } },
      evaluation: { outputs: { loss, logits } },
      trainable: this.union.tunable.map(({ spec, group }) => ({ name: spec.name, shape: spec.shape, group })),
      groups: this.union.groups.map(({ name }) => ({ name, learningRate, weightDecay: 0 })),
      frozen: new Map([
        ...constants,
        ...[...this.base]
          .filter(([name]) => !this.first.has(name))
          .map(([name, data]) => [name, { kind: 'memory', data, shape: shapes.get(name)! }] as const),
      ]),
      optimizer: defaultAdamW,
      seed: 1,
      initial: { values, slots: {} },
    };
    return onnxEngine(testDevice).openTraining(program, { threads: 1 });
  }

  private batch(): Feeds {
    const { ids, types, mask, labels } = this.rows;
    const { dimensions } = this.model;
    const first = familyOf(dimensions).batch(dimensions).firstPosition + this.graph().positionShift;
    return {
      input_ids: integers(ids),
      token_type_ids: integers(types),
      attention_mask: integers(mask),
      position_ids: integers(ids.map((row) => row.map((_, column) => column + first))),
      labels: { dtype: 'i64', shape: [labels.length], data: BigInt64Array.from(labels, BigInt) },
    };
  }
}

/** One padded batch, [B][S]. */
export interface Rows {
  readonly ids: readonly (readonly number[])[];
  readonly types: readonly (readonly number[])[];
  readonly mask: readonly (readonly number[])[];
  readonly labels: readonly number[];
}

/** Three sequences of up to five tokens; the last one is padded. */
function someRows({ dimensions }: ModelOutline): Rows {
  const { vocabulary } = dimensions;
  const { tokenTypes } = familyOf(dimensions).batch(dimensions);
  const random = new Random(4, 'batch');
  const rows = (each: (row: number, column: number) => number) =>
    [0, 1, 2].map((row) => [0, 1, 2, 3, 4].map((column) => each(row, column)));
  return {
    ids: rows(() => random.nextInt(vocabulary)),
    types: rows((_, column) => (column > 2 && tokenTypes > 1 ? 1 : 0)),
    mask: rows((row, column) => (row === 2 && column > 2 ? 0 : 1)),
    labels: [0, 2, 1],
  };
}

const integers = (rows: readonly (readonly number[])[]): Tensor => ({
  dtype: 'i64',
  shape: [rows.length, rows[0]!.length],
  data: BigInt64Array.from(rows.flat(), BigInt),
});

/** Largest absolute difference of equally long arrays. */
export function largestDifference(a: Float32Array, b: Float32Array): number {
  if (a.length !== b.length) throw new RangeError(`lengths must be equal, got ${a.length} and ${b.length}`);
  return a.reduce((most, value, i) => Math.max(most, Math.abs(value - b[i]!)), 0);
}

export const largest = (values: Float32Array): number => largestDifference(values, new Float32Array(values.length));
