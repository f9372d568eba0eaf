import { allTensors, baseWeights, partsOf, type TunedModel } from '../checkpoint/tunedModel.ts';
import { lowerGraph } from '../engines/onnx/lowerGraph.ts';
import { openSession, toEngine } from '../engines/onnx/session.ts';
import { placeWeights } from '../engines/onnx/weights.ts';
import type { Feeds, FrozenTensor, Tensor } from '../graph/tensor.ts';
import { constantsOf, familyOf } from '../models/families.ts';
import { Random } from '../numbers/random.ts';
import { buildLogits, type LogitsSpec } from '../training/program.ts';

/** Something that turns token ids into logits. */
export interface LogitsModel {
  /** Takes the feeds `input_ids`, `token_type_ids`, `attention_mask` and `position_ids`. */
  logits(feeds: Feeds): Promise<Tensor>;
  close(): Promise<void>;
}

/** The forward pass of a tuned model with everything in it frozen. */
export function logitsSpec(tuned: TunedModel): LogitsSpec {
  const parts = partsOf(tuned);
  const tensors = allTensors(parts);
  return {
    outline: parts.outline,
    methods: parts.methods,
    head: tuned.head,
    outputs: tuned.outputs,
    tensors,
    trainable: new Set(),
  };
}

/** Runs a tuned model on the CPU. @throws ExportError · CheckpointError */
export async function openLogits(tuned: TunedModel): Promise<LogitsModel> {
  const spec = logitsSpec(tuned);
  const graph = { outputs: { logits: buildLogits(spec).logits } };
  const frozen = new Map<string, FrozenTensor>();
  for (const { name, shape } of spec.tensors) {
    const data = tuned.tensors.get(name);
    if (data) frozen.set(name, { kind: 'memory', data, shape });
  }
  const asked = [...spec.tensors, ...constantsOf(tuned.model.dimensions)].map(({ name }) => name);
  const rest = asked.filter((name) => !frozen.has(name));
  for (const [name, tensor] of await baseWeights(tuned).frozen(rest)) frozen.set(name, tensor);

  const placements = placeWeights(frozen);
  const model = lowerGraph(graph, placements);
  const session = await openSession(model.bytes, { folder: placements.folder, threads: undefined, prepack: false });
  const fixed = model.fedParameters.map((name) => {
    const { shape, ...placement } = placements.byName.get(name)!;
    if (placement.kind !== 'fed') throw new RangeError(`${name} is fed although it is ${placement.kind}`);
    return [name, toEngine({ dtype: 'f32', shape, data: placement.data })] as const;
  });
  const inputs = model.inputs.map(({ attributes }) => attributes.name);
  return {
    async logits(feeds) {
      const fed = inputs.map((name) => [name, toEngine(feeds[name]!)] as const);
      const { logits } = await session.run(Object.fromEntries([...fixed, ...fed]));
      return { dtype: 'f32', shape: [...logits!.dims], data: logits!.data as Float32Array };
    },
    close: () => session.release(),
  };
}

/**
 * Two small batches of made-up token ids, padded rows among them, with the position ids that the tuned model's
 * methods ask for: equal at every call.
 */
export function sampleFeeds(tuned: TunedModel): readonly Feeds[] {
  const { dimensions } = tuned.model;
  const { positionShift } = buildLogits(logitsSpec(tuned));
  const longest = Math.min(12, dimensions.maxSequence - positionShift);
  const { padTokenId, tokenTypes, firstPosition, padPosition } = familyOf(dimensions).batch(dimensions);
  const random = new Random(0, 'sample batches');
  return [
    [longest, Math.ceil(longest / 2), 2],
    [Math.ceil(longest / 3), 1],
  ].map((lengths) => {
    const width = Math.max(...lengths);
    const rows = <T>(value: (row: number, column: number) => T): T[] =>
      lengths.flatMap((_, row) => Array.from({ length: width }, (_, column) => value(row, column)));
    const real = (row: number, column: number) => column < lengths[row]!;
    const token = () => {
      const id = random.nextInt(dimensions.vocabulary);
      return id === padTokenId ? (id + 1) % dimensions.vocabulary : id;
    };
    const types = Math.max(1, tokenTypes);
    const feed = (values: readonly number[]): Tensor => ({
      dtype: 'i64',
      shape: [lengths.length, width],
      data: BigInt64Array.from(values, BigInt),
    });
    return {
      input_ids: feed(rows((row, column) => (real(row, column) ? token() : padTokenId))),
      token_type_ids: feed(rows((row, column) => (real(row, column) ? column % types : 0))),
      attention_mask: feed(rows((row, column) => Number(real(row, column)))),
      position_ids: feed(
        rows((row, column) => (real(row, column) ? firstPosition + positionShift + column : padPosition)),
      ),
    };
  });
}
