import { canonical, type Shape } from '../dims.ts';
import { applier, f32, opWith } from '../op.ts';
import type { DType, Value } from '../value.ts';

const noInputs = { none: 'it has no inputs' } as const;

/** Where values come from. */
export const sourceOps = {
  /** Fed at every run. */
  input: opWith<{ readonly name: string; readonly shape: Shape; readonly dtype: DType }>()({
    inputs: {},
    infer: (_, { shape, dtype }) => ({ y: { shape: canonical(shape), dtype } }),
    gradient: noInputs,
  }),
  /** A named f32 tensor: `trainable` ones are fed and receive gradients, frozen ones belong to the session. */
  parameter: opWith<{ readonly name: string; readonly shape: readonly number[]; readonly trainable: boolean }>()({
    inputs: {},
    infer: (_, { shape }) => ({ y: f32(shape) }),
    gradient: noInputs,
  }),
  /** One f32 number. */
  constant: opWith<{ readonly value: number }>()({
    inputs: {},
    infer: () => ({ y: f32([]) }),
    gradient: noInputs,
  }),
};

const apply = applier(sourceOps);

export const input = (name: string, dtype: DType, shape: Shape): Value => apply('input', {}, { name, dtype, shape }).y;
export const parameter = (name: string, shape: readonly number[], trainable: boolean): Value =>
  apply('parameter', {}, { name, shape, trainable }).y;
export const constant = (value: number): Value => apply('constant', {}, { value }).y;
