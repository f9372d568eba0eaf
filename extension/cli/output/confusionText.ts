import type { EvaluationReport } from '../../inference/evaluateRun.ts';
import type { ConfusionCell } from '../../metrics/confusionMatrix.ts';
import { counted } from '../../problems/counted.ts';
import { formatCount } from '../../view/figures.ts';
import { table } from './format.ts';

type Confusions = Pick<EvaluationReport, 'labels' | 'confusion' | 'confusionCells'>;

/** Classes whose table fits a terminal. */
const mostTabled = 12;
/** Confusions listed in place of a larger table. */
const mostListed = 20;

/** Which classes are taken for which: a table, or of many classes the most frequent confusions. */
export function confusionText({ labels, confusion, confusionCells }: Confusions): string | undefined {
  const name = (index: number) => labels[index] ?? String(index);
  if (confusion !== undefined && labels.length <= mostTabled) {
    const rows = confusion.map((row, index) => [name(index), ...row.map(formatCount)]);
    return table(['true ↓  predicted →', ...labels], rows);
  }
  const cells = confusionCells ?? confusion?.flatMap((row, truth) => row.map((n, i): ConfusionCell => [truth, i, n]));
  if (cells === undefined) return undefined;
  const wrong = cells.filter(([truth, predicted, count]) => truth !== predicted && count > 0);
  if (wrong.length === 0) return 'no class is taken for another\n';
  const listed = wrong.sort(([, , a], [, , b]) => b - a).slice(0, mostListed);
  const text = table(
    ['true', 'predicted', 'rows'],
    listed.map(([truth, predicted, count]) => [name(truth), name(predicted), formatCount(count)]),
  );
  const more = wrong.length - listed.length;
  return more === 0 ? text : `${text}and ${counted(more, 'more pair')} of classes: --json\n`;
}
