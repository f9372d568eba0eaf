import type { ReportProgress } from '../contract/reportProgress.ts';
import { writingHead } from '../models/model/model.ts';
import { UserError } from '../problems/userError.ts';
import { readRunRecord } from '../runs/folder/store.ts';
import { findTask } from '../tasks/registry.ts';
import { asTrained, promptIds } from '../tasks/rows/prompt.ts';
import type { BaseOptions } from '../training/prepare/runBase.ts';
import { configOf } from '../training/prepare/runConfig.ts';
import { openGenerator } from './generation/openGenerator.ts';
import { columnsLearned, typedMessages } from './generation/prompt.ts';
import { greedy } from './generation/sampling.ts';
import type { Prediction } from './predictions.ts';
import { answer, askTyped } from './predictions.ts';
import { openTunedRun } from './tunedRun.ts';

/** A tuned model that stays open between questions. */
export interface Predictor {
  predict(text: string, textPair?: string): Promise<Prediction>;
  close(): Promise<void>;
}

/** Tokens that a language model writes on a text. */
const writtenTokens = 32;

/** Opens a tuned model that stays open between questions; a language model says how a text goes on. @throws UserError */
export async function openPredictor(
  runFolder: string,
  report: ReportProgress,
  options: BaseOptions = {},
): Promise<Predictor> {
  const { config } = configOf(readRunRecord(runFolder));
  if (findTask(config.task).head === writingHead) return await openWriter(runFolder, report, options);
  const run = await openTunedRun(runFolder, report, options);
  return {
    async predict(text, textPair) {
      const [prediction] = await answer(run, [askTyped(run, config, text, textPair)], config.data.max_length);
      return prediction!;
    },
    close: () => run.close(),
  };
}

async function openWriter(run: string, report: ReportProgress, options: BaseOptions): Promise<Predictor> {
  const writer = { kind: 'run', run } as const;
  const columns = columnsLearned(writer);
  const generator = await openGenerator(writer, report, options);
  const { tokenizer } = generator;
  return {
    async predict(text) {
      const prompt = promptIds(typedMessages, asTrained(text, columns, tokenizer), tokenizer);
      const problem = generator.problemOf(prompt);
      if (problem) throw new UserError(`${problem.rule}; ${problem.cure}`);
      let label = '';
      const onEnd = (written: { readonly text: string }) => {
        label = written.text.trim();
      };
      await generator.write([{ row: 0, prompt, onEnd }], { ...greedy, maxTokens: writtenTokens, stops: [] }, 1);
      return { text, label };
    },
    close: () => generator.close(),
  };
}
