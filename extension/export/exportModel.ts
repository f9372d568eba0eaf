import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { loadAdapter, writeAdapter } from '../checkpoint/adapterFolder.ts';
import { openModel } from '../checkpoint/modelFolder.ts';
import { checkTuned, type TunedModel } from '../checkpoint/tunedModel.ts';
import { type ExportFormat, type GgufDtype, ggufDtypes } from '../contract/exportFormat.ts';
import type { Feeds } from '../graph/tensor.ts';
import { type LogitsModel, openLogits } from '../inference/tunedGraphs.ts';
import { formatSignificant } from '../view/figures.ts';
import { baseLicence } from './baseLicence.ts';
import { compareLogits, differenceText, tolerance } from './compareLogits.ts';
import { ExportError } from './exportError.ts';
import { type ExportReport, exportFolder } from './exportFolder.ts';
import { formatRefusal } from './formats.ts';
import { ontoGguf } from './gguf/ontoGguf.ts';
import { reopenGguf, writeGguf } from './gguf/writeGguf.ts';
import { writeMerged } from './merged.ts';
import { type CardRun, cardFile, modelCard, type Publication, publicBase, versionsOf } from './modelCard.ts';
import { onnxFiles } from './onnxWeights.ts';
import { openOnnx } from './openOnnx.ts';
import { readPeft } from './readPeft.ts';
import { sampleFeeds } from './sampleFeeds.ts';
import { writeOnnx } from './writeOnnx.ts';
import { writePeft } from './writePeft.ts';

/** The largest change of logits that rounding the weights may cause. */
const ggufTolerances: Readonly<Record<GgufDtype, number>> = { f32: tolerance, f16: 1e-2, q8_0: 0.1 };

export interface ExportOptions {
  /** The run's own logits to compare with; default: the tuned model run on the CPU. Closed by the caller. */
  readonly reference?: LogitsModel | undefined;
  /** Batches to compare on; default: made-up ones. */
  readonly feeds?: readonly Feeds[] | undefined;
  /** For the model card. */
  readonly run?: CardRun | undefined;
  /** For the model card of what goes to the hub. */
  readonly publication?: Publication | undefined;
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
  const { dtype = ggufDtypes[0], onto, allowOtherBase, run, publication } = options;
  const written = publication === undefined ? tuned : { ...tuned, modelName: publicBase(tuned).model };
  return await exportFolder(out, async (aside) => {
    const verified =
      onto === undefined
        ? await writeAndCompare(aside, out, written, format, { ...options, dtype })
        : await ontoGguf(aside, tuned, onto, allowOtherBase);
    const licence = await baseLicence(tuned.model.folder);
    await writeFile(
      join(aside, cardFile),
      modelCard(tuned, format, { run, licence, publication, isCopy: onto !== undefined }),
    );
    return `verified: ${verified}; ${versionsOf(tuned, format)}`;
  });
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
  const difference = await compareLogits(tuned, reopened, feeds, options.reference).finally(() => reopened.close());
  if (!(difference.relative <= (format === 'gguf' ? ggufTolerances[options.dtype] : tolerance))) {
    throw new ExportError(
      out,
      `the reopened ${format} export must give the same logits, got a difference of ${formatSignificant(difference.absolute, 2)}; nothing was written: report this with the run's config`,
    );
  }
  const sequences = feeds.reduce((sum, { input_ids }) => sum + (input_ids?.shape[0] ?? 0), 0);
  return `reopened and compared on ${sequences} sequences, ${differenceText(difference.absolute)}`;
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
      return await openLogits(await loadAdapter(folder, tuned.model));
    case 'gguf':
      return await openLogits(await reopenGguf(folder, tuned));
    case 'onnx':
      return await openOnnx(join(folder, onnxFiles.model), tuned);
  }
}
