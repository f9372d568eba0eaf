import { gradients } from './gradients.ts';
import { topological } from './node.ts';
import type { Graph, Value } from './value.ts';

export const gradientName = (name: string): string => `gradient of ${name}`;

/** The training graph with one more output for each trainable tensor: the gradient of the loss. */
export function withGradients(training: Graph, trainable: readonly { readonly name: string }[]): Graph {
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
  const found = gradients(loss, wrt).map((gradient, i) => [gradientName(trainable[i]!.name), gradient] as const);
  return { outputs: { loss, ...Object.fromEntries(found) } };
}
