import { randomUUID } from 'node:crypto';
import { mkdir, readdir, rename, rm, rmdir, writeFile } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { loadAdapter, writeAdapter } from '../checkpoint/adapterFolder.ts';
import { openModel } from '../checkpoint/modelFolder.ts';
import { checkTuned, type TunedModel } from '../checkpoint/tunedModel.ts';
import { type ExportFormat, type GgufDtype, ggufDtypes } from '../contract/exportFormat.ts';
import { openFile } from '../engines/onnx/openFile.ts';
import { errorCode } from '../files/failure.ts';
import { sweepLeftovers } from '../files/leftovers.ts';
import type { Feeds } from '../graph/tensor.ts';
import { type LogitsModel, logitsOf, logitsSpec, openLogits } from '../inference/tunedGraphs.ts';
import { writingHead } from '../models/model/model.ts';
import { buildLogits } from '../training/plan/program.ts';
import { ExportError } from './exportError.ts';
import { formatRefusal } from './formats.ts';
import { ontoGguf } from './gguf/ontoGguf.ts';
import { reopenGguf, writeGguf } from './gguf/writeGguf.ts';
import { writeMerged } from './merged.ts';
import { type CardRun, cardFile, modelCard, versionsOf } from './modelCard.ts';
import { pastLogits } from './pastGraph.ts';
import { readPeft } from './readPeft.ts';
import { sampleFeeds } from './sampleFeeds.ts';
import { onnxFiles, writeOnnx } from './writeOnnx.ts';
import { writePeft } from './writePeft.ts';

export interface ExportReport {
  readonly files: readonly string[];
  /** The result of reloading and comparing, in one sentence. */
  readonly verified: string;
}

/** Largest difference of logits, relative to the largest logit where that exceeds 1. */
const tolerance = 1e-4;
/** The largest change of logits that rounding the weights may cause. */
const ggufTolerances: Readonly<Record<GgufDtype, number>> = { f32: tolerance, f16: 1e-2, q8_0: 0.1 };

export interface ExportOptions {
  /** The run's own logits to compare with; default: the tuned model run on the CPU. Closed by the caller. */
  readonly reference?: LogitsModel | undefined;
  /** Batches to compare on; default: made-up ones. */
  readonly feeds?: readonly Feeds[] | undefined;
  /** For the model card. */
  readonly run?: CardRun | undefined;
  /** Of the matrices of a GGUF file. */
  readonly dtype?: GgufDtype | undefined;
  /** A GGUF file of the base, in a copy of which only what was tuned is replaced. */
  readonly onto?: string | undefined;
  /** Whether that may hold another model of the same sizes. */
  readonly allowOtherBase?: boolean | undefined;
}

/**
 * Writes a tuned model in some format, with a model card: aside first, then reopened from its files, and put in place only if its logits
 * are the same.
 * @param out a folder that is empty or does not exist
 * @throws ExportError when the format cannot hold the model, the folder is in use, or the logits differ
 */
export async function exportModel(
  tuned: TunedModel,
  format: ExportFormat,
  out: string,
  options: ExportOptions = {},
): Promise<ExportReport> {
  const subject = { model: tuned.model.dimensions, task: tuned.task, methods: tuned.methods };
  const refusal = formatRefusal(format, subject);
  if (refusal) throw new ExportError(format, refusal);
  checkTuned(tuned);
  await demandEmpty(out);

  const aside = `${out}.${randomUUID().slice(0, 8)}.partial`;
  await mkdir(dirname(aside), { recursive: true });
  const name = basename(out).replaceAll(/[^\w]/g, '\\$&');
  sweepLeftovers(dirname(aside), new RegExp(`^${name}\\.[0-9a-f]{8}\\.partial$`));
  try {
    const { dtype = ggufDtypes[0], onto, allowOtherBase } = options;
    const verified =
      onto === undefined
        ? await writeAndCompare(aside, out, tuned, format, { ...options, dtype })
        : await ontoGguf(aside, tuned, onto, allowOtherBase);
    await writeFile(join(aside, cardFile), modelCard(tuned, format, options.run));
    await rmdir(out).catch((error: unknown) => {
      if (errorCode(error) !== 'ENOENT') throw error;
    });
    await rename(aside, out);
    const files = (await readdir(out)).sort().map((name) => join(out, name));
    return { files, verified: `verified: ${verified}; ${versionsOf(tuned, format)}` };
  } catch (error) {
    await rm(aside, { recursive: true, force: true });
    throw error;
  }
}

/** Writes a folder and reopens it. @returns what was compared, in words @throws ExportError when the logits differ */
async function writeAndCompare(
  folder: string,
  out: string,
  tuned: TunedModel,
  format: ExportFormat,
  options: ExportOptions & { readonly dtype: GgufDtype },
): Promise<string> {
  await writers[format](folder, tuned, options.dtype);
  const feeds = options.feeds ?? sampleFeeds(tuned);
  const reopened = await reopen(folder, format, tuned);
  const difference = await compare(tuned, reopened, feeds, options.reference).finally(() => reopened.close());
  const shown = difference.absolute.toExponential(1);
  if (!(difference.relative <= (format === 'gguf' ? ggufTolerances[options.dtype] : tolerance))) {
    throw new ExportError(
      out,
      `the reopened ${format} export must give the same logits, got a difference of ${shown}; nothing was written: report this with the run's config`,
    );
  }
  const sequences = feeds.reduce((sum, { input_ids }) => sum + (input_ids?.shape[0] ?? 0), 0);
  return `reopened and compared on ${sequences} sequences, max difference ${shown}`;
}

type Write = (folder: string, tuned: TunedModel, dtype: GgufDtype) => Promise<void>;

const writers: Readonly<Record<ExportFormat, Write>> = {
  peft: writePeft,
  merged: writeMerged,
  onnx: (folder, tuned) => writeOnnx(folder, tuned),
  gguf: writeGguf,
  native: writeAdapter,
};

async function reopen(folder: string, format: ExportFormat, tuned: TunedModel): Promise<LogitsModel> {
  switch (format) {
    case 'peft':
      return await openLogits(await readPeft(folder, tuned.model, tuned.labels));
    case 'merged':
      return await openLogits({ ...tuned, model: await openModel(folder), methods: [], tensors: new Map() });
    case 'native':
      return await openLogits((await loadAdapter(folder, tuned.model)).tuned);
    case 'gguf':
      return await openLogits(await reopenGguf(folder, tuned));
    case 'onnx':
      return await openOnnx(join(folder, onnxFiles.model), tuned);
  }
}

async function openOnnx(file: string, tuned: TunedModel): Promise<LogitsModel> {
  const session = await openFile(file);
  if (tuned.head !== writingHead) return logitsOf(session, 'model');
  return pastLogits(session, tuned.model.dimensions, buildLogits(logitsSpec(tuned)).positionShift);
}

interface Difference {
  readonly absolute: number;
  readonly relative: number;
}

async function compare(
  tuned: TunedModel,
  reopened: LogitsModel,
  feeds: readonly Feeds[],
  given: LogitsModel | undefined,
): Promise<Difference> {
  const reference = given ?? (await openLogits(tuned));
  try {
    let absolute = 0;
    let largest = 1;
    for (const batch of feeds) {
      const expected = await reference.logits(batch);
      const got = await reopened.logits(batch);
      if (expected.shape.join() !== got.shape.join()) return { absolute: Number.NaN, relative: Number.NaN };
      // Padded tokens' own logits mean nothing, and programs give padding other positions.
      const [rows = 1] = expected.shape;
      const mask = expected.shape.length === 3 ? batch.attention_mask?.data : undefined;
      const perToken = expected.data.length / (mask?.length ?? rows);
      for (let i = 0; i < expected.data.length; i++) {
        if (mask && Number(mask[Math.floor(i / perToken)]) === 0) continue;
        const value = Number(expected.data[i]);
        const difference = Math.abs(value - Number(got.data[i]));
        if (difference > absolute || Number.isNaN(difference)) absolute = difference; // and NaN stays
        largest = Math.max(largest, Math.abs(value));
      }
    }
    return { absolute, relative: absolute / largest };
  } finally {
    if (!given) await reference.close();
  }
}

async function demandEmpty(out: string): Promise<void> {
  let names: readonly string[];
  try {
    names = await readdir(out);
  } catch (error) {
    if (errorCode(error) === 'ENOENT') return;
    const problem = errorCode(error) === 'ENOTDIR' ? 'is a file' : (error as Error).message;
    throw new ExportError(out, `must be an empty folder or none, got: ${problem}; choose another`, { cause: error });
  }
  if (names.length > 0) {
    throw new ExportError(
      out,
      `must be empty, got ${names.slice(0, 3).join(', ')}${names.length > 3 ? ', …' : ''}; choose another folder or remove it`,
    );
  }
}
