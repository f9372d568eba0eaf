import { sourceBlock, type TensorSource } from '../models/model/tensorSource.ts';
import { withFloats } from './format/safetensors.ts';
import type { WeightEntry } from './weightFiles.ts';

/** Numbers that are turned at once: rows of a stored tensor that make about 1 MiB. */
const pieceNumbers = 1 << 18;

/**
 * One of our tensors from where it lies in a checkpoint, as f32. Beside its own numbers, 4 bytes each, this needs about
 * 2 MiB of memory whatever the file's size: the file is read in pieces, one tensor at a time. A cut of columns reads the
 * whole stored tensor, so a tensor that is cut in three is read three times, from the system's cache after the first.
 * @throws CheckpointError when the file has become shorter, or does not hold floats
 */
export async function readSource({ file, name }: WeightEntry, source: TensorSource): Promise<Float32Array> {
  const { width, firstRow, rows, firstColumn, columns } = sourceBlock(source);
  const values = new Float32Array(rows * columns);
  await withFloats(file, name, async (read) => {
    if (columns === width && !source.transposed) return await read(firstRow * width, values);
    const piece = new Float32Array(Math.max(1, Math.min(rows, Math.floor(pieceNumbers / width))) * width);
    for (let row = 0; row < rows; row += piece.length / width) {
      const part = piece.subarray(0, Math.min(piece.length, (rows - row) * width));
      await read((firstRow + row) * width, part);
      for (let at = 0; at * width < part.length; at++) {
        const first = at * width + firstColumn;
        if (!source.transposed) values.set(part.subarray(first, first + columns), (row + at) * columns);
        else for (let i = 0; i < columns; i++) values[i * rows + row + at] = part[first + i]!;
      }
    }
  });
  const { offset } = source;
  return offset ? values.map((value) => value + offset) : values;
}
