import { type Node, outputsOf, topological } from './node.ts';
import { type Graph, typeText, type Value } from './value.ts';

/**
 * A graph as text, one node a line, each after its inputs:
 *
 *     %0 = linear(x, head.weight, head.bias) : f32[B,768]
 *     %1, %2 = dropout(%0, dropout_offsets) {rate: 0.1, site: 0} : f32[B,768], bool[B,768]
 *
 * Inputs and parameters go by their names, other values by number; equal graphs print equally.
 */
export function printGraph(graph: Graph): string {
  const names = new Map<Value, string>();
  let unnamed = 0;
  const lines = topological(Object.values(graph.outputs)).map((node) => {
    const results = outputsOf(node).map((output) => {
      const name = 'name' in node.attributes ? node.attributes.name : `%${unnamed++}`;
      names.set(output, name);
      return name;
    });
    const inputs = Object.values<Value | undefined>(node.inputs).map((input) => (input ? names.get(input) : 'none'));
    const types = outputsOf(node).map(typeText);
    return `${results.join(', ')} = ${node.op}(${inputs.join(', ')})${attributesText(node)} : ${types.join(', ')}`;
  });
  const outputs = Object.entries(graph.outputs).map(([name, value]) => `${name} = ${names.get(value)}`);
  return `${[...lines, `return ${outputs.join(', ')}`].join('\n')}\n`;
}

/** `{rate: 0.1, site: 0}`, without what the line says anyway. */
function attributesText(node: Node): string {
  if (node.op === 'parameter') return node.attributes.trainable ? ' {trainable}' : '';
  if (node.op === 'input') return '';
  const entries = Object.entries(node.attributes).map(
    ([name, value]) => `${name}: ${Array.isArray(value) ? `[${value.join(',')}]` : value}`,
  );
  return entries.length > 0 ? ` {${entries.join(', ')}}` : '';
}
