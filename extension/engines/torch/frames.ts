import { elements, type FrozenTensor, type Tensor } from '../../graph/tensor.ts';
import { frozenValues } from '../frozenValues.ts';

/**
 * A frame, little-endian: the magic `PLT1`, the header's length u32, the payload's length u64, the header (JSON in
 * UTF-8), the payload. The header's `tensors` list what the payload holds, in order; each tensor's bytes are padded to
 * a multiple of eight. `frames.py` reads and writes the same.
 */
const magic = Buffer.from('PLT1', 'latin1');
const prefixBytes = 16;
const alignment = 8;
/** Headers name tensors and hold graphs: what is longer is no header. */
const longestHeaderBytes = 2 ** 28;

export type NamedTensor = readonly [name: string, tensor: Tensor];

/** A frame as it arrives; what its header says is still to be checked. */
export interface Frame {
  readonly header: unknown;
  /** Starts on a boundary that suits every type of tensor. */
  readonly payload: ArrayBuffer;
}

/** Bytes that are no frame: the sender is not, or no longer, who it should be. */
export class FrameError extends Error {
  override readonly name = 'FrameError';
}

const padded = (bytes: number): number => Math.ceil(bytes / alignment) * alignment;

/** A frame as pieces to be written one after the other; tensors are not copied. */
export function encodeFrame(header: Readonly<Record<string, unknown>>, tensors: readonly NamedTensor[]): Uint8Array[] {
  const described = tensors.map(([name, { dtype, shape }]) => ({ name, dtype, shape }));
  const text = Buffer.from(JSON.stringify({ ...header, tensors: described }), 'utf8');
  const prefix = Buffer.alloc(prefixBytes);
  magic.copy(prefix);
  prefix.writeUInt32LE(text.length, 4);
  const payloadBytes = tensors.reduce((sum, [, { data }]) => sum + padded(data.byteLength), 0);
  prefix.writeBigUInt64LE(BigInt(payloadBytes), 8);
  const pieces: Uint8Array[] = [prefix, text];
  for (const [, { data }] of tensors) {
    pieces.push(new Uint8Array(data.buffer, data.byteOffset, data.byteLength));
    const rest = padded(data.byteLength) - data.byteLength;
    if (rest > 0) pieces.push(new Uint8Array(rest));
  }
  return pieces;
}

/** The tensors of a payload by name, in its own memory. @throws FrameError when the payload is too short */
export function decodeTensors(
  described: readonly { readonly name: string; readonly dtype: 'f32' | 'i64'; readonly shape: readonly number[] }[],
  payload: ArrayBuffer,
): Map<string, Tensor> {
  const tensors = new Map<string, Tensor>();
  let offset = 0;
  for (const { name, dtype, shape } of described) {
    const length = elements(shape);
    const bytes = length * (dtype === 'f32' ? 4 : 8);
    if (offset + bytes > payload.byteLength) {
      throw new FrameError(`${name}: the frame must hold ${length} numbers, got ${payload.byteLength - offset} bytes`);
    }
    tensors.set(
      name,
      dtype === 'f32'
        ? { dtype, shape, data: new Float32Array(payload, offset, length) }
        : { dtype, shape, data: new BigInt64Array(payload, offset, length) },
    );
    offset += padded(bytes);
  }
  return tensors;
}

/** Frozen tensors as the program is told of them, those in files by their names, and those that must be sent. */
export function describeFrozen(frozen: ReadonlyMap<string, FrozenTensor>): {
  readonly described: readonly object[];
  readonly sent: readonly NamedTensor[];
} {
  const described = [...frozen].map(([name, tensor]) => ({
    name,
    shape: tensor.shape,
    ...(tensor.kind === 'file' ? { file: tensor.file, offset: tensor.offset } : {}),
  }));
  const sent = [...frozen].flatMap(([name, tensor]): NamedTensor[] =>
    tensor.kind === 'file' ? [] : [[name, { dtype: 'f32', shape: tensor.shape, data: frozenValues(tensor) }]],
  );
  return { described, sent };
}

/** Puts frames together from the pieces in which a pipe delivers them. */
export class FrameReader {
  /** What is being filled: the prefix, then the header, then the payload of one frame. */
  #part: 'prefix' | 'header' | 'payload' = 'prefix';
  #bytes = new Uint8Array(prefixBytes);
  #filled = 0;
  #payloadBytes = 0;
  #header: unknown;

  /** Frames that are complete with this piece. @throws FrameError when the bytes are no frame */
  push(chunk: Uint8Array): Frame[] {
    const frames: Frame[] = [];
    let used = 0;
    for (;;) {
      const take = Math.min(chunk.length - used, this.#bytes.length - this.#filled);
      this.#bytes.set(chunk.subarray(used, used + take), this.#filled);
      this.#filled += take;
      used += take;
      // What is not a frame shows in its first bytes: nothing is waited for then.
      if (this.#part === 'prefix') demandMagic(this.#bytes.subarray(0, this.#filled));
      if (this.#filled < this.#bytes.length) return frames;
      const frame = this.#next();
      if (frame) frames.push(frame);
    }
  }

  /** Whether a frame has begun and not ended. */
  get midFrame(): boolean {
    return this.#part !== 'prefix' || this.#filled > 0;
  }

  #next(): Frame | undefined {
    const done = this.#bytes;
    switch (this.#part) {
      case 'prefix': {
        const prefix = Buffer.from(done.buffer, done.byteOffset, done.length);
        const headerBytes = prefix.readUInt32LE(4);
        this.#payloadBytes = Number(prefix.readBigUInt64LE(8));
        if (headerBytes > longestHeaderBytes || this.#payloadBytes > 2 ** 32) {
          throw new FrameError(
            `a frame's header and payload must have at most 2^28 and 2^32 bytes, got ${headerBytes} and ${this.#payloadBytes}`,
          );
        }
        this.#expect('header', headerBytes);
        return undefined;
      }
      case 'header':
        this.#header = parseHeader(done);
        this.#expect('payload', this.#payloadBytes);
        return undefined;
      case 'payload':
        this.#expect('prefix', prefixBytes);
        return { header: this.#header, payload: done.buffer };
    }
  }

  #expect(part: 'prefix' | 'header' | 'payload', bytes: number): void {
    this.#part = part;
    this.#bytes = new Uint8Array(bytes);
    this.#filled = 0;
  }
}

function demandMagic(start: Uint8Array): void {
  const length = Math.min(start.length, magic.length);
  if (Buffer.compare(start.subarray(0, length), magic.subarray(0, length)) === 0) return;
  const shown = JSON.stringify(Buffer.from(start.subarray(0, prefixBytes)).toString('latin1'));
  throw new FrameError(`a frame must begin with "PLT1", got ${shown}`);
}

function parseHeader(bytes: Uint8Array): unknown {
  try {
    return JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes));
  } catch (error) {
    throw new FrameError(`a frame's header must be JSON, got ${(error as Error).message}`);
  }
}
