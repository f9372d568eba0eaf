import { openModel } from '../../checkpoint/modelFolder.ts';
import type { TunedModel } from '../../checkpoint/tunedModel.ts';
import type { ReportProgress } from '../../contract/reportProgress.ts';
import { loadTokenizer } from '../../data/tokenizer/tokenizer.ts';
import { familyOf } from '../../models/families.ts';
import { writingHead } from '../../models/model/model.ts';
import { UserError } from '../../problems/userError.ts';
import { modelFolderOf } from '../../training/prepare/prepare.ts';
import type { BaseOptions } from '../../training/prepare/runBase.ts';
import type { TunedGraphsOptions } from '../tunedGraphs.ts';
import { openTuned } from '../tunedRun.ts';
import { TextGenerator } from './textGenerator.ts';
import { TokenGenerator } from './tokenGenerator.ts';

/** The model that writes: a run, its base model without the tuned weights, or any model by folder or hub id. */
export type Writer =
  | { readonly kind: 'run' | 'base'; readonly run: string }
  | { readonly kind: 'model'; readonly model: string };

/** Opens a model that writes texts. @throws UserError where it is none */
export async function openGenerator(
  writer: Writer,
  report: ReportProgress,
  { allowOtherBase, ...options }: BaseOptions & TunedGraphsOptions = {},
): Promise<TextGenerator> {
  const tuned = await modelOf(writer, report, { allowOtherBase });
  const { folder, dimensions } = tuned.model;
  const tokenizer = await loadTokenizer(folder, dimensions.vocabulary);
  return new TextGenerator(await TokenGenerator.open(tuned, options), tokenizer, tuned.origin?.step);
}

async function modelOf(
  writer: Writer,
  report: ReportProgress,
  options: BaseOptions,
): Promise<Omit<TunedModel, 'task'>> {
  if (writer.kind === 'model') {
    const { model } = writer;
    const folder = await modelFolderOf({ model, revision: null, from: undefined }, process.cwd(), report);
    const opened = await openModel(folder);
    const { heads, title } = familyOf(opened.dimensions);
    if (!heads[writingHead])
      throw new UserError(
        `${model}: must be a model that writes text, got ${title}; give a decoder such as Llama or Qwen2`,
      );
    return bare(opened, model);
  }
  const { tuned } = await openTuned(writer.run, report, options);
  if (tuned.head !== writingHead) {
    const cure = 'ask it with peft-lab predict';
    throw new UserError(`${writer.run}: must be a run of a language model, got ${tuned.task}; ${cure}`);
  }
  return writer.kind === 'run' ? tuned : bare(tuned.model, tuned.modelName);
}

/** A model as it was before anything was tuned. */
const bare = (model: TunedModel['model'], modelName: string): Omit<TunedModel, 'task'> => ({
  ...{ model, modelName, labels: [], outputs: model.dimensions.vocabulary, methods: [] },
  head: writingHead,
  tensors: new Map(),
});
