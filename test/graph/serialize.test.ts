import { describe, expect, it } from 'vitest';
import { gradients } from '../../extension/graph/gradients.ts';
import {
  attention,
  constant,
  crossEntropy,
  dropout,
  gelu,
  input,
  linear,
  multiply,
  parameter,
  slice,
  toFloat,
} from '../../extension/graph/ops.ts';
import { printGraph } from '../../extension/graph/print.ts';
import { deserializeGraph, type GraphJson, serializeGraph } from '../../extension/graph/serialize.ts';
import type { Graph } from '../../extension/graph/value.ts';

function example(): Graph {
  const x = input('x', 'f32', ['B', 'S', 4]);
  const offsets = input('dropout_offsets', 'i64', [2]);
  const mask = multiply(toFloat(input('mask', 'i64', ['B', 'S'])), constant(-1e4));
  const weight = parameter('weight', [4, 4], true);
  const dropped = dropout(gelu(linear(x, weight), 'tanh'), offsets, { rate: 0.1, site: 0 });
  const context = attention(dropped, x, x, mask, 2, { site: { rate: 0.2, site: 1 }, offsets });
  const loss = crossEntropy(slice(context, 2, 1), input('labels', 'i64', ['B', 'S']), 0.1);
  return { outputs: { loss, gradient: gradients(loss, [weight])[0]! } };
}

describe('graphs as JSON', () => {
  it('come back equal, through text', () => {
    const graph = example();
    const text = JSON.stringify(serializeGraph(graph));
    const back = deserializeGraph(JSON.parse(text));
    expect(printGraph(back)).toBe(printGraph(graph));
    expect(JSON.stringify(serializeGraph(back))).toBe(text);
  });

  it('are refused with another version, an unknown op, a broken reference or a broken rule', () => {
    const json = serializeGraph(example());
    const changed = (change: Partial<GraphJson>) => () => deserializeGraph({ ...json, ...change });
    const withNode = (op: string, inputs: [number, number][]) => [...json.nodes, { op, inputs, attributes: {} }];
    expect(changed({ version: 99 })).toThrow('the version must be 1, got 99');
    expect(changed({ nodes: withNode('fold', []) })).toThrow('there is no op fold');
    expect(changed({ nodes: withNode('tanh', [[999, 0]]) })).toThrow('no earlier node has the output [999, 0]');
    const labels = json.nodes.findIndex(({ attributes }) => attributes.name === 'labels');
    expect(changed({ nodes: withNode('tanh', [[labels, 0]]) })).toThrow('tanh: x must be f32, got i64[B,S]');
  });
});
