import { describe, expect, it } from 'vitest';
import { add, embedding, input, parameter, sum } from '../../extension/graph/ops.ts';
import type { Value } from '../../extension/graph/value.ts';
import { gradientName, gradientRows, withGradients } from '../../extension/graph/withGradients.ts';

const ids = input('ids', 'i64', ['B', 'S']);
const table = parameter('table', [50, 4], true);
const graphOf = (y: Value) => withGradients({ outputs: { loss: sum(y, [0, 1, 2]) } }, [{ name: 'table' }]);

describe('a training graph with its gradients', () => {
  it('gives the rows of a table that is only read by row, and their numbers', () => {
    const graph = graphOf(embedding(table, ids));
    const { rows, ids: numbers } = gradientRows(graph, 'table')!;
    expect(Object.keys(graph.outputs)).toEqual(['loss', rows, numbers]);
    expect(graph.outputs[rows]!.shape).toEqual(['B', 'S', 4]);
    expect(graph.outputs[numbers]).toBe(ids);
  });

  it('gives the whole gradient of a table that is used in another way as well', () => {
    const graph = graphOf(add(embedding(table, ids), embedding(table, ids)));
    expect(gradientRows(graph, 'table')).toBeUndefined();
    expect(graph.outputs[gradientName('table')]!.shape).toEqual([50, 4]);
  });
});
