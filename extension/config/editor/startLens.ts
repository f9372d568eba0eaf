import type { RunEstimate } from '../../contract/estimate.ts';
import { presets } from '../../methods/presets.ts';
import { methods as tuningMethods } from '../../methods/registry.ts';
import { counted } from '../../problems/counted.ts';
import type { CheckedConfig } from '../checks/check.ts';
import type { Diagnostic } from '../text/diagnostic.ts';
import type { ConfigCount } from './countConfig.ts';
import { estimateText, estimateTooltip } from './estimateText.ts';
import { countText, methodCountText } from './lens.ts';

/** The line above a config that starts its run. */
interface StartLens {
  /** `▷ Start LN-tuning   38,400 tunable + 592,130 head (0.035 %)   ~1.2 GB, ~4 min` */
  readonly title: string;
  /** Explains the numbers, or names the obstacle. */
  readonly tooltip: string;
}

/** No-break spaces: an editor draws several plain ones as one. */
export const gap = '\u00a0\u00a0\u00a0';

/**
 * The line above a config: problems, else the numbers of the run that it would start. Unknown numbers are left out.
 * @param count undefined until the model and the data were looked at.
 * @param estimate of this very text; undefined where there is none (yet).
 */
export function startLens(
  checked: Pick<CheckedConfig, 'methods'>,
  diagnostics: readonly Diagnostic[],
  count: ConfigCount | undefined,
  estimate?: RunEstimate,
): StartLens {
  const errors = diagnostics.filter(({ severity }) => severity === 'error').length;
  const [text, about] = factsOf(checked, count);
  const needs = estimate === undefined || errors > 0 ? [] : [estimateText(estimate)];
  const tooltip = needs.length === 0 ? about : `${about}\n${estimateTooltip(estimate!)}`;
  const problems = errors === 0 ? [] : [counted(errors, 'problem')];
  return {
    title: [
      `▷ Start ${methodTitles(checked.methods.label)}`,
      ...problems,
      ...(text === '' ? [] : [text]),
      ...needs,
    ].join(gap),
    tooltip: errors === 0 ? tooltip : `Fix the underlined problems before the run can start.\n${tooltip}`.trim(),
  };
}

/** `LN-tuning + LoRA`, `Unified`: what is started, by the names that people know, each once; `run` before one is named. */
export function methodTitles(label: string): string {
  const titles = label
    .split(' + ')
    .map((name) => known.find((entry) => entry.name === name)?.title.split(':')[0] ?? name);
  return [...new Set(titles)].join(' + ') || 'run';
}

const known = [...tuningMethods, ...presets];

function factsOf({ methods }: Pick<CheckedConfig, 'methods'>, count: ConfigCount | undefined): [string, string] {
  if (count === undefined) return ['', 'Train what this config describes.'];
  if (count.kind === 'not-downloaded') {
    return [
      'model not downloaded yet',
      'The model is downloaded when the run starts; its counts are shown from then on.',
    ];
  }
  if (count.kind !== 'counted' || count.total === undefined) return ['', ''];
  const { total, head } = count;
  const what = `Train ${methods.label}.`;
  if (head === 'unknown')
    return [methodCountText(total), `${what} The head's size depends on the labels of the training rows.`];
  const seen = head === 'labels-so-far' ? ' The head is counted for the labels of the rows read so far.' : '';
  return [countText(total), `${what}${seen}`];
}
