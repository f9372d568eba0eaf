import type { BaseOptions, Predictor, ReportProgress } from '../operations.ts';
import { answer, askText } from './predictions.ts';
import { configOf } from './runConfig.ts';
import { openTunedRun } from './tunedRun.ts';

/** Opens a tuned model that stays open between questions. @throws RunInputError */
export async function openPredictor(
  runFolder: string,
  report: ReportProgress,
  options: BaseOptions = {},
): Promise<Predictor> {
  const run = await openTunedRun(runFolder, report, options);
  const maxLength = configOf(run.record).config.data.max_length;
  return {
    async predict(text, textPair) {
      const [prediction] = await answer(run, [askText(run, text, textPair, maxLength)], maxLength);
      return prediction!;
    },
    close: () => run.close(),
  };
}
