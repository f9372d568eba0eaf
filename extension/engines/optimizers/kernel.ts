import { kernelBytes } from './generated/kernel.ts';

/** What is computed for several numbers at a time, where they lie in one memory; places are offsets in bytes. */
interface Kernel {
  adamW(
    ...places: [values: number, end: number, gradient: number, moment1: number, moment2: number, ...numbers: number[]]
  ): void;
  squares(numbers: number, end: number): number;
}

const kernels = new WeakMap<ArrayBufferLike, Kernel>();

const pageBytes = 2 ** 16;
/** What addresses of 32 bits reach. */
const mostBytes = 2 ** 32 - pageBytes;
/** Arrays begin at lines of the processor's cache. */
const lineBytes = 64;

/**
 * Arrays of zeros in one memory, on which optimizers compute several numbers at a time. Where there is no such memory, or
 * not so much of it, they are arrays of their own: the same bits, more slowly.
 */
export function vectorArrays(lengths: readonly number[]): readonly Float32Array[] {
  const places: number[] = [];
  let bytes = 0;
  for (const length of lengths) {
    places.push(bytes);
    bytes += Math.ceil((4 * length) / lineBytes) * lineBytes;
  }
  const memory = bytes <= mostBytes ? vectorMemory(bytes) : undefined;
  return lengths.map((length, i) => (memory ? new Float32Array(memory, places[i], length) : new Float32Array(length)));
}

/** The kernel of the memory that all these arrays lie in. */
export function kernelOf(first: Float32Array, ...others: readonly Float32Array[]): Kernel | undefined {
  return others.every(({ buffer }) => buffer === first.buffer) ? kernels.get(first.buffer) : undefined;
}

function vectorMemory(bytes: number): ArrayBuffer | undefined {
  try {
    const memory = new WebAssembly.Memory({ initial: Math.ceil(bytes / pageBytes) });
    const module = new WebAssembly.Module(Buffer.from(kernelBytes, 'base64'));
    const { exports } = new WebAssembly.Instance(module, { host: { memory } });
    kernels.set(memory.buffer, exports as unknown as Kernel);
    return memory.buffer;
  } catch (error) {
    // The processor has no vectors, or the system gives no memory of this kind.
    if (error instanceof WebAssembly.CompileError || error instanceof RangeError) return undefined;
    throw error;
  }
}
