import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import * as z from 'zod';
import { type RunEstimate, runEstimate } from '../../contract/estimate.ts';
import { type SweepCost, sweepCost } from '../../contract/sweepCost.ts';
import type { TrainerProgram } from '../../processes/trainerCommand.ts';
import { askTrainer } from './trainerTask.ts';

export interface EstimateOptions {
  /** `--set` values. */
  readonly overrides: readonly string[];
  /** Whether this machine may be measured now, which takes all of it for some seconds. */
  readonly mayMeasure: boolean;
}

/** The estimate of a config's run, made by a process of its own that downloads nothing. @throws TaskError */
export async function estimateRun(
  file: string,
  options: EstimateOptions,
  trainer: TrainerProgram,
): Promise<RunEstimate> {
  return await askTrainer(runEstimate, trainer, wordsFor(file, options), { folder: path.dirname(file) });
}

/**
 * The estimate of a sweep; undefined where none can be made. Its overrides are for keys that configs leave open.
 * @throws TaskError
 */
export async function priceSweep(
  file: string,
  { overrides, mayMeasure }: EstimateOptions,
  trainer: TrainerProgram,
): Promise<SweepCost | undefined> {
  const words = [
    ...['sweep', 'check', file, '--json', ...(mayMeasure ? [] : ['--no-measure'])],
    ...overrides.flatMap((override) => ['--default', override]),
  ];
  const priced = z.object({ cost: sweepCost.nullable() });
  return (await askTrainer(priced, trainer, words, { folder: path.dirname(file) })).cost ?? undefined;
}

/** The same of a config that is no file yet, with each of some methods. @throws TaskError */
export async function estimateMethods(
  configText: string,
  methods: readonly (readonly string[])[],
  options: EstimateOptions,
  trainer: TrainerProgram,
): Promise<readonly RunEstimate[]> {
  const folder = await mkdtemp(path.join(tmpdir(), 'peft-lab-estimate-'));
  try {
    const file = path.join(folder, 'estimate.peft.yaml');
    await writeFile(file, configText);
    const list = methods.map((union) => `[${union.join(', ')}]`).join(',');
    const words = [...wordsFor(file, options), '--methods', list];
    return await askTrainer(z.array(runEstimate), trainer, words, { folder });
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

const wordsFor = (file: string, { overrides, mayMeasure }: EstimateOptions): readonly string[] => [
  ...['estimate', file, '--json', '--offline'],
  ...(mayMeasure ? [] : ['--no-measure']),
  ...overrides.flatMap((override) => ['--set', override]),
];
