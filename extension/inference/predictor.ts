import type { ReportProgress } from '../contract/reportProgress.ts';
import type { BaseOptions } from '../training/prepare/runBase.ts';
import { demandLabelling } from './predict.ts';
import type { Prediction } from './predictions.ts';
import { answer, askTyped } from './predictions.ts';
import { openTunedRun } from './tunedRun.ts';

/** A tuned model that stays open between questions. */
export interface Predictor {
  predict(text: string, textPair?: string): Promise<Prediction>;
  close(): Promise<void>;
}

/** Opens a tuned model that stays open between questions. @throws UserError for a model that writes */
export async function openPredictor(
  runFolder: string,
  report: ReportProgress,
  options: BaseOptions = {},
): Promise<Predictor> {
  const { config } = demandLabelling(runFolder);
  const run = await openTunedRun(runFolder, report, options);
  return {
    async predict(text, textPair) {
      const [prediction] = await answer(run, [askTyped(run, config, text, textPair)], config.data.max_length);
      return prediction!;
    },
    close: () => run.close(),
  };
}
