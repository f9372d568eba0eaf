import { gradients } from './gradients.ts';
import { nodeOf, topological } from './node.ts';
import type { Graph, Value } from './value.ts';

export const gradientName = (name: string): string => `gradient of ${name}`;

/** Outputs that stand for the gradient of a table of which a batch reads few rows. */
const rowOutputs = (name: string) => ({
  rows: `rows of the gradient of ${name}`,
  ids: `ids of the gradient of ${name}`,
});

/**
 * The outputs that a tensor's gradient comes as in rows: `rows` f32[…,D], to be summed into the rows of the table that
 * `ids` i64[…] number; undefined where it comes whole.
 */
export function gradientRows({ outputs }: Graph, name: string): ReturnType<typeof rowOutputs> | undefined {
  const names = rowOutputs(name);
  return names.rows in outputs ? names : undefined;
}

/**
 * The training graph with the gradient of the loss for each trainable tensor as one more output. That of a table which is
 * only read by row is two: the rows that a batch has, and their numbers; most of the table would be zeros.
 */
export function withGradients(
  training: Graph,
  trainable: readonly { readonly name: string; readonly only?: readonly number[] | undefined }[],
): Graph {
  const loss = training.outputs.loss;
  if (!loss) throw new Error('the training graph needs an output named loss, got none; name the summed loss so');
  const byName = new Map<string, Value>();
  for (const node of topological([loss])) {
    if (node.op !== 'parameter') continue;
    const { name } = node.attributes;
    if (byName.has(name)) throw new Error(`${name}: a parameter must be one node of the graph, got two; make it once`);
    byName.set(name, node.outputs.y);
  }
  const wrt = trainable.map(({ name }) => {
    const value = byName.get(name);
    if (!value)
      throw new Error(`${name}: is to be tuned but has no part in the loss; take it out of the tuned tensors`);
    return value;
  });
  const found = gradients(loss, wrt).flatMap((gradient, i): (readonly [string, Value])[] => {
    const { name, only } = trainable[i]!;
    const node = nodeOf(gradient);
    if (node.op !== 'embeddingGrad' || only) return [[gradientName(name), gradient]];
    const { rows, ids } = rowOutputs(name);
    return [
      [rows, node.inputs.dy],
      [ids, node.inputs.ids],
    ];
  });
  return { outputs: { loss, ...Object.fromEntries(found) } };
}
