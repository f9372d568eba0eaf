import { parse } from 'yaml';
import { readSweep } from '../../extension/experiments/file/readSweep.ts';
import { planSweep } from '../../extension/experiments/plan/planSweep.ts';
import type { VariantRun } from '../../extension/experiments/progress.ts';
import { newRun } from './newRun.ts';

/** A sweep over a small experiment of so many epochs, and its plan; `text` is all of its file but the experiment. */
export function plannedSweep(text: string, epochs: number, task = 'classification') {
  const config = `model: tiny
task: ${task}
data: {train: train.tsv, validation: dev.tsv, test: test.tsv}
methods: [full]
training: {epochs: ${epochs}}
`;
  const { sweep } = readSweep(parse(`experiment: reviews.peft.yaml\n${text}`));
  return { sweep: sweep!, plan: planSweep(sweep!, [{ file: 'reviews.peft.yaml', text: config }]).plan! };
}

/** A run of a sweep with an accuracy, evaluated after each epoch. @param training of the config in its record */
export const sweptRun = (
  state: VariantRun['state'],
  accuracy = 0,
  evaluations: number[] = [],
  training: Readonly<Record<string, unknown>> = {},
): VariantRun => ({
  state,
  metrics: { accuracy },
  config: newRun({ config: { training } }).config,
  evaluations: () => evaluations.map((value, i) => ({ step: i + 1, epoch: i + 1, metrics: { accuracy: value } })),
});
