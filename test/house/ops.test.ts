import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { partOfGradient } from '../../extension/graph/op.ts';
import { ops } from '../../extension/graph/ops.ts';

const operators = readFileSync(
  new URL('../../extension/engines/torch/python/peft_lab_torch/operators.py', import.meta.url),
  'utf8',
);

/** Ops that the torch program computes itself: it is given tensors for inputs and parameters, and a number. */
const given = ['input', 'parameter', 'constant'];

describe('ops', () => {
  // Lowerings to ONNX and work rules are tables by type: a missing entry does not compile.
  it('have an operator in torch, but for those of backward passes, which autograd makes there', () => {
    const table = operators.slice(operators.indexOf('operators = {'));
    const inTorch = [...table.matchAll(/^ {4}"(\w+)": \w+,$/gm)].map(([, name]) => name!);
    const forward = Object.entries(ops)
      .filter(([, { gradient }]) => gradient !== partOfGradient)
      .map(([name]) => name);
    expect(inTorch.length).toBeGreaterThan(20);
    expect([...inTorch, ...given].sort()).toEqual(forward.sort());
  });

  it('take their inputs in torch in the order of their definition', () => {
    const functions = new Map(
      [...operators.matchAll(/^def (\w+)\(([^)]*)\):$/gm)].map(([, name, parameters]) => [
        name!,
        parameters!.split(', ').map((text) => text.split('=')[0]!),
      ]),
    );
    const table = operators.slice(operators.indexOf('operators = {'));
    for (const [, op, name] of table.matchAll(/^ {4}"(\w+)": (\w+),$/gm)) {
      const parameters = functions.get(name!);
      const inputs = Object.keys(ops[op as keyof typeof ops].inputs);
      if (parameters) expect(parameters.slice(0, inputs.length), op!).toEqual(inputs);
    }
  });
});
