import type { FileHandle } from 'node:fs/promises';
import {
  GGMLQuantizationType,
  type GGUFTypedMetadata,
  GGUFValueType,
  gguf,
  serializeGgufMetadata,
} from '@huggingface/gguf';
import { openGuarded } from '../../files/guardedFile.ts';
import { elements } from '../../graph/tensor.ts';
import { ExportError } from '../exportError.ts';
import { encodingOfType, storedBytes } from './ggufEncodings.ts';

/** Tensors begin at multiples of this, which readers take where the metadata names none. */
const alignment = 32;

/** Metadata of a GGUF file, with the types of its values. */
export type GgufMetadata = Readonly<Record<string, { value: unknown; type: GGUFValueType; subType?: GGUFValueType }>>;

/** Values of metadata with the types that llama.cpp asks for. */
export const ggufValue = {
  text: (value: string) => ({ value, type: GGUFValueType.STRING }),
  whole: (value: number) => ({ value, type: GGUFValueType.UINT32 }),
  real: (value: number) => ({ value: Math.fround(value), type: GGUFValueType.FLOAT32 }),
  flag: (value: boolean) => ({ value, type: GGUFValueType.BOOL }),
  texts: (value: readonly string[]) => ({ value, type: GGUFValueType.ARRAY, subType: GGUFValueType.STRING }),
  wholes: (value: readonly number[]) => ({ value, type: GGUFValueType.ARRAY, subType: GGUFValueType.INT32 }),
} as const;

/** A tensor as a GGUF file lists it. */
interface GgufTensor {
  readonly name: string;
  /** Outermost dimension first, as everywhere here; the file has it the other way round. */
  readonly shape: readonly number[];
  /** ggml's number of the type. */
  readonly type: number;
}

const roundUp = (bytes: number): number => Math.ceil(bytes / alignment) * alignment;

/**
 * Writes a GGUF file, a tensor at a time. The library writes the metadata; it has no writer for the list of tensors.
 * @param bytesOf a tensor's size
 */
export async function writeGgufFile<T extends GgufTensor>(
  file: FileHandle,
  metadata: GgufMetadata,
  tensors: readonly T[],
  bytesOf: (tensor: T) => number,
  dataOf: (tensor: T) => Promise<Uint8Array>,
): Promise<void> {
  const counts = {
    version: { value: 3, type: GGUFValueType.UINT32 },
    tensor_count: { value: BigInt(tensors.length), type: GGUFValueType.UINT64 },
    kv_count: { value: BigInt(Object.keys(metadata).length), type: GGUFValueType.UINT64 },
  };
  // Aligned to 1 byte: the list of tensors comes behind without a gap.
  const head = serializeGgufMetadata({ ...metadata, ...counts } as unknown as GGUFTypedMetadata, { alignment: 1 });
  let offset = 0;
  const list = tensors.map((tensor) => {
    const entry = tensorEntry(tensor, offset);
    offset += roundUp(bytesOf(tensor));
    return entry;
  });
  const written = Buffer.concat([head, ...list]);
  await file.writeFile(written);
  await file.writeFile(new Uint8Array(roundUp(written.length) - written.length));
  for (const tensor of tensors) {
    await file.writeFile(await dataOf(tensor));
    await file.writeFile(new Uint8Array(roundUp(bytesOf(tensor)) - bytesOf(tensor)));
  }
}

function tensorEntry({ name, shape, type }: GgufTensor, offset: number): Buffer {
  const text = Buffer.from(name);
  const entry = Buffer.alloc(8 + text.length + 4 + 8 * shape.length + 4 + 8);
  let at = entry.writeBigUInt64LE(BigInt(text.length));
  at += text.copy(entry, at);
  at = entry.writeUInt32LE(shape.length, at);
  for (const size of [...shape].reverse()) at = entry.writeBigUInt64LE(BigInt(size), at);
  entry.writeBigUInt64LE(BigInt(offset), entry.writeUInt32LE(type, at));
  return entry;
}

/** A tensor of a GGUF file, and where it begins in it. */
export interface PlacedTensor extends GgufTensor {
  readonly start: number;
}

export interface OpenedGguf {
  readonly path: string;
  readonly metadata: Readonly<Record<string, unknown>>;
  readonly tensors: ReadonlyMap<string, PlacedTensor>;
}

/** Reads what a GGUF file lists. @throws ExportError when it is none, or ends before its tensors do */
export async function openGguf(path: string): Promise<OpenedGguf> {
  const opened = await readList(path);
  const file = await openGuarded(path);
  const { size } = await file.stat().finally(() => file.close());
  for (const { name, shape, type, start } of opened.tensors.values())
    if (start + storedBytes(type, elements(shape)) > size) throw cutOff(path, name);
  return opened;
}

const cutOff = (path: string, name: string): ExportError =>
  new ExportError(path, `${name}: is cut off; download or write the file again`);

async function readList(path: string): Promise<OpenedGguf> {
  try {
    await (await openGuarded(path)).close();
    const { metadata, tensorInfos, tensorDataOffset, littleEndian } = await gguf(path, { allowLocalFile: true });
    if (!littleEndian) throw new Error('big-endian');
    const tensors = tensorInfos.map(({ name, shape, dtype, offset }): [string, PlacedTensor] => [
      name,
      { name, shape: shape.map(Number).reverse(), type: dtype, start: Number(tensorDataOffset + offset) },
    ]);
    return { path, metadata: metadata as unknown as Readonly<Record<string, unknown>>, tensors: new Map(tensors) };
  } catch (error) {
    throw new ExportError(path, `must be a GGUF file, got ${(error as Error).message}; give one that llama.cpp opens`, {
      cause: error,
    });
  }
}

/**
 * A tensor's numbers as f32.
 * @throws ExportError for one of a quantised type that is not written here
 */
export async function readGgufTensor(path: string, tensor: PlacedTensor): Promise<Float32Array> {
  const encoding = encodingOfType(tensor.type);
  if (!encoding)
    throw new ExportError(
      path,
      `${tensor.name}: must be f32, f16, bf16 or q8_0 to be read, got ${typeName(tensor.type)}; give a file with that tensor unquantised`,
    );
  const values = new Float32Array(elements(tensor.shape));
  const bytes = Buffer.alloc((values.length / encoding.blockSize) * encoding.blockBytes);
  const file = await openGuarded(path);
  try {
    const { bytesRead } = await file.read(bytes, 0, bytes.length, tensor.start);
    if (bytesRead < bytes.length) throw cutOff(path, tensor.name);
  } finally {
    await file.close();
  }
  encoding.decode(bytes, values);
  return values;
}

/** `Q4_1` */
export const typeName = (type: number): string => GGMLQuantizationType[type] ?? `type ${type}`;
