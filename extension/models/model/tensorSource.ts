import { elements } from '../../graph/tensor.ts';
import type { TensorSpec } from './tensors.ts';

/**
 * Where one of our tensors lies in a checkpoint: in a tensor of that name (without prefix and wrappers), or in a part
 * of it. First the slice is taken, then it is transposed, then the offset is added; several of ours may lie in one.
 */
export interface TensorSource {
  readonly name: string;
  /** Of the whole tensor there. */
  readonly shape: readonly number[];
  /** The part of it on one axis, `end` exclusive; absent: all of it. */
  readonly slice?: { readonly axis: number; readonly start: number; readonly end: number };
  /** It lies [in,out] there, as GPT-2's Conv1D has it, and [out,in] here. */
  readonly transposed?: true;
  /** Added to each number: 1 for norms whose gain is stored less one. */
  readonly offset?: number;
}

/** A tensor that lies in a checkpoint as it is here. */
export const plainSource = ({ name, shape }: Pick<TensorSpec, 'name' | 'shape'>): TensorSource => ({ name, shape });

/** A source's numbers as a block of a matrix, row-major, which is what the stored tensor is in its file. */
interface SourceBlock {
  /** Of a row of the matrix. */
  readonly width: number;
  readonly firstRow: number;
  readonly rows: number;
  readonly firstColumn: number;
  readonly columns: number;
}

/** The block of a stored tensor, as rows and columns of numbers, that a source takes. */
export function sourceBlock({ shape, slice }: TensorSource): SourceBlock {
  const { axis, start, end } = slice ?? { axis: 0, start: 0, end: shape[0] ?? 1 };
  const inner = elements(shape.slice(axis + 1));
  if (axis === 0) return { width: inner, firstRow: start, rows: end - start, firstColumn: 0, columns: inner };
  return {
    width: shape[axis]! * inner,
    firstRow: 0,
    rows: elements(shape.slice(0, axis)),
    firstColumn: start * inner,
    columns: (end - start) * inner,
  };
}

/** Where the first of a source's numbers lies in the stored tensor, if they lie there as they are here, in one piece. */
export function mappedStart(source: TensorSource): number | undefined {
  const { width, firstRow, columns } = sourceBlock(source);
  return source.transposed || source.offset || columns !== width ? undefined : firstRow * width;
}

/** Puts one of our tensors where it lies in a stored one: the reverse of reading it. */
export function putSource(source: TensorSource, values: Float32Array, stored: Float32Array): void {
  const { width, firstRow, rows, firstColumn, columns } = sourceBlock(source);
  const { transposed, offset = 0 } = source;
  for (let row = 0; row < rows; row++) {
    const start = (firstRow + row) * width + firstColumn;
    for (let column = 0; column < columns; column++) {
      stored[start + column] = values[transposed ? column * rows + row : row * columns + column]! - offset;
    }
  }
}
