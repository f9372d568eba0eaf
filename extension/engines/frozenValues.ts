import { closeSync, readSync } from 'node:fs';
import { floatFormats } from '../checkpoint/format/floatFormats.ts';
import { dtypeBytes } from '../checkpoint/format/safetensorsHeader.ts';
import { openGuardedSync } from '../files/guardedFile.ts';
import { elements, type FrozenTensor } from '../graph/tensor.ts';

/** What to do about a file that does not hold what its header says. */
export const refetch = 'fetch the file again';

/** What a tensor takes in its file. */
export const storedBytes = (tensor: Exclude<FrozenTensor, { kind: 'memory' }>): number =>
  dtypeBytes[tensor.kind === 'narrow' ? tensor.dtype : 'F32'] * elements(tensor.shape);

/** A frozen tensor's values in memory. @throws Error when its file cannot be read or ends too early. */
export function frozenValues(tensor: FrozenTensor): Float32Array {
  if (tensor.kind === 'memory') return tensor.data;
  const { file: path, offset } = tensor;
  const bytes = new Uint8Array(storedBytes(tensor));
  const descriptor = openGuardedSync(path);
  try {
    // One read may return less than asked for, and never more than 2 GiB.
    for (let done = 0; done < bytes.length; ) {
      const read = readSync(descriptor, bytes, done, Math.min(bytes.length - done, 2 ** 30), offset + done);
      if (read === 0) throw new Error(`${path}: ends at ${offset + done} while it is read; ${refetch}`);
      done += read;
    }
  } finally {
    closeSync(descriptor);
  }
  if (tensor.kind === 'file') return new Float32Array(bytes.buffer);
  const values = new Float32Array(bytes.length / dtypeBytes[tensor.dtype]);
  floatFormats[tensor.dtype]!(new DataView(bytes.buffer), values.length, values);
  return values;
}
