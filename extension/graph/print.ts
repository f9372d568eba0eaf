import { type Graph, type Node, topological, typeText, type Value } from './value.ts';

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
    const results = node.outputs.map((output) => {
      const name = 'name' in node.attributes ? node.attributes.name : `%${unnamed++}`;
      names.set(output, name);
      return name;
    });
    const inputs = node.inputs.map((input) => (input ? names.get(input)! : 'none')).join(', ');
    return `${results.join(', ')} = ${node.op}(${inputs})${attributesText(node)} : ${node.outputs.map(typeText).join(', ')}`;
  });
  const outputs = Object.entries(graph.outputs).map(([name, value]) => `${name} = ${names.get(value)}`);
  return `${[...lines, `return ${outputs.join(', ')}`].join('\n')}\n`;
}

/** `{rate: 0.1, site: 0}`, without what the line says anyway. */
function attributesText(node: Node): string {
  if (node.op === 'parameter') return 'trainable' in node.attributes && node.attributes.trainable ? ' {trainable}' : '';
  if (node.op === 'input') return '';
  const entries = Object.entries(node.attributes).map(
    ([name, value]) => `${name}: ${Array.isArray(value) ? `[${value.join(',')}]` : value}`,
  );
  return entries.length > 0 ? ` {${entries.join(', ')}}` : '';
}
