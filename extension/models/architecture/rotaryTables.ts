import { rotary } from '../../graph/ops.ts';
import type { Value } from '../../graph/value.ts';
import { type RotaryScaling, rotaryAmplitude, rotaryFrequencies, rotaryTable } from '../../nn/rotary.ts';
import type { ConstantTensor, ForwardContext } from '../model/model.ts';

/** Tables of a model's rotary positions, named below `path`, and how its queries and keys are turned by them. */
export function rotaryTables(
  path: string,
  rows: number,
  headWidth: number,
  { theta, scaling }: { readonly theta: number; readonly scaling: RotaryScaling },
) {
  const amplitude = rotaryAmplitude(scaling);
  const constant = (name: string, of: (angle: number) => number): ConstantTensor => ({
    name: `${path}.${name}`,
    shape: [rows, headWidth / 2],
    values: () => rotaryTable(rows, rotaryFrequencies(headWidth, theta, scaling), (angle) => amplitude * of(angle)),
  });
  const [cosines, sines] = [constant('cosines', Math.cos), constant('sines', Math.sin)];
  return {
    constants: [cosines, sines],
    rotate: ({ parameter, input }: Pick<ForwardContext, 'parameter' | 'input'>, x: Value, heads: number): Value =>
      rotary(x, input('position_ids'), parameter(cosines.name), parameter(sines.name), heads),
  };
}
