import { join } from 'node:path';
import { writeAtomically } from '../../checkpoint/format/atomicFile.ts';
import { baseWeights, type TunedModel } from '../../checkpoint/tunedModel.ts';
import { openGuarded } from '../../files/guardedFile.ts';
import { makeFolder } from '../../files/makeFolder.ts';
import { ExportError } from '../exportError.ts';
import { mergedValues } from '../merged.ts';
import { type GgufEncoding, ggufEncodings } from './ggufEncodings.ts';
import { type OpenedGguf, openGguf, type PlacedTensor, readGgufTensor, typeName } from './ggufFile.ts';
import { type GgufModelTensor, ggufLayout, ggufTensors, ggufValues } from './ggufModel.ts';
import { ggufFileName } from './writeGguf.ts';

/** Values are written where a file has numbers as they are. */
const plain: ReadonlyMap<number, GgufEncoding> = new Map(
  [ggufEncodings.f32, ggufEncodings.f16].map((encoding) => [encoding.type, encoding]),
);

/** A file's rounded values of the base differ from it by no more than this share of the largest. */
const rounding = 0.01;

/** A tensor that is to be written into the copy. */
interface Change {
  readonly placed: PlacedTensor;
  readonly bytes: Uint8Array;
}

/**
 * Writes a copy of a GGUF file of the base model in which the tuned tensors have their tuned values; every other byte stays.
 * @param allowOtherBase whether the file may hold another model of the same sizes
 * @returns what was compared, in one sentence
 * @throws ExportError when the file is of another model, or something that was tuned is quantised there
 */
export async function ontoGguf(
  folder: string,
  tuned: TunedModel,
  onto: string,
  allowOtherBase = false,
): Promise<string> {
  const source = await openGguf(onto);
  const changes = await changesOf(source, tuned, allowOtherBase);
  makeFolder(folder);
  const out = join(folder, ggufFileName);
  await writeAtomically(out, async (file) => {
    for await (const piece of piecesOf(onto, changes)) await file.writeFile(piece);
  });
  await compareCopies(onto, out, changes);
  const others = source.tensors.size - changes.length;
  return `reopened: ${changes.length} tensors are the tuned ones, the ${others} others and the metadata equal ${onto} byte for byte`;
}

async function changesOf(source: OpenedGguf, tuned: TunedModel, allowOtherBase: boolean): Promise<readonly Change[]> {
  const { path } = source;
  demandSizes(source, tuned);
  const merged = await mergedValues(tuned);
  const base = baseWeights(tuned);
  const changed = ggufTensors(tuned).filter(({ parts }) => parts.some(({ name }) => merged.changed.has(name)));
  if (changed.length === 0)
    throw new ExportError(path, 'no tensor of the base model was tuned; there is nothing to write');
  const problems: string[] = [];
  const changes: Change[] = [];
  for (const tensor of changed) {
    const placed = source.tensors.get(tensor.name);
    const problem = placeProblem(tensor, placed, source);
    if (problem !== undefined) {
      problems.push(problem);
      continue;
    }
    const own = await ggufValues(tensor, (name) => base.read(name));
    if (!allowOtherBase && !near(await readGgufTensor(path, placed!), own)) {
      const cure = 'give a GGUF file of the base model, or --allow-other-base';
      throw new ExportError(path, `${tensor.name}: must hold the base’s values, got others; ${cure}`);
    }
    changes.push({ placed: placed!, bytes: plain.get(placed!.type)!.encode(await ggufValues(tensor, merged.read)) });
  }
  if (problems.length > 0) {
    const more = problems.length > 3 ? ` (and ${problems.length - 3} more tensors)` : '';
    const cure = 'leave --onto out to write the whole model, with --dtype q8_0 for a small file';
    throw new ExportError(path, `${problems.slice(0, 3).join('; ')}${more}; ${cure}`);
  }
  return changes;
}

/** Why a tensor's values cannot be put where they belong. */
function placeProblem(
  tensor: GgufModelTensor,
  placed: PlacedTensor | undefined,
  { tensors }: OpenedGguf,
): string | undefined {
  if (!placed) return `${tensor.name}: was tuned and is not in the file`;
  if (placed.shape.join() !== tensor.shape.join())
    return `${tensor.name}: must be [${tensor.shape}], got [${placed.shape}]`;
  if (!plain.has(placed.type))
    return `${tensor.name}: was tuned and is ${typeName(placed.type)} there, where only f32 and f16 can be replaced`;
  // A tied word table is the output's too, of which the file has a copy.
  if (tensor.site === 'embedding.word' && tensors.has('output.weight'))
    return `${tensor.name}: was tuned, and output.weight is a tensor of its own there`;
  return undefined;
}

function demandSizes({ path, metadata }: OpenedGguf, { model: { dimensions } }: TunedModel): void {
  const { architecture, keys } = ggufLayout(dimensions);
  const own = keys(dimensions);
  const expected: readonly (readonly [string, unknown])[] = [
    ['general.architecture', architecture],
    ...['block_count', 'embedding_length'].map((key) => [`${architecture}.${key}`, own[key]!.value] as const),
  ];
  for (const [key, value] of expected) {
    if (metadata[key] !== value) {
      throw new ExportError(
        path,
        `${key}: must be ${value}, as in the base, got ${metadata[key]}; give a GGUF file of the base model`,
      );
    }
  }
}

function near(there: Float32Array, own: Float32Array): boolean {
  const largest = own.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
  return there.every((value, i) => Math.abs(value - own[i]!) <= rounding * largest);
}

const pieceBytes = 1 << 22;

/** The bytes of a file with what was changed in them, a piece at a time; a piece is gone when the next is asked for. */
async function* piecesOf(path: string, changes: readonly Change[]): AsyncGenerator<Uint8Array> {
  const file = await openGuarded(path);
  const piece = Buffer.alloc(pieceBytes);
  try {
    for (let at = 0; ; at += pieceBytes) {
      const { bytesRead } = await file.read(piece, 0, pieceBytes, at);
      for (const { placed, bytes } of changes) {
        const [first, last] = [Math.max(placed.start, at), Math.min(placed.start + bytes.length, at + bytesRead)];
        if (first < last) piece.set(bytes.subarray(first - placed.start, last - placed.start), first - at);
      }
      if (bytesRead > 0) yield piece.subarray(0, bytesRead);
      if (bytesRead < pieceBytes) return;
    }
  } finally {
    await file.close();
  }
}

/** @throws ExportError when the copy differs anywhere but in what was changed, or there from it */
async function compareCopies(onto: string, out: string, changes: readonly Change[]): Promise<void> {
  await openGguf(out);
  const copy = piecesOf(out, []);
  for await (const expected of piecesOf(onto, changes)) {
    const { value: got } = await copy.next();
    if (!got || Buffer.compare(expected, got) !== 0) {
      throw new ExportError(
        out,
        'the copy must equal the file except for tuned tensors; nothing was written: try again',
      );
    }
  }
  if (!(await copy.next()).done) throw new ExportError(out, 'the copy must be as long as the file; try again');
}
