import type { Override } from '../contract/problem.ts';
import type { ReportProgress } from '../contract/reportProgress.ts';
import { Surveys } from '../data/rows/surveys.ts';
import { count } from '../estimate/count.ts';
import { readConfig } from '../training/prepare/checkedConfig.ts';
import { prepare } from '../training/prepare/prepare.ts';
import { checkSweep } from '../training/prepare/sweepOnDisk.ts';

/** A function that is imported when it is first called. */
const later =
  <Arguments extends unknown[], Result>(load: () => Promise<(...args: Arguments) => Promise<Result>>) =>
  async (...args: Arguments): Promise<Result> =>
    (await load())(...args);

/** Runs of one command read the same files. */
const surveys = new Surveys();

/**
 * All that the commands do beyond reading run folders. Tests put another object in its place. What needs an engine is
 * loaded when it is first asked for.
 */
export const operations = {
  check: async (path: string, overrides: readonly Override[]) =>
    (await readConfig(path, overrides, 'checking')).problems,
  checkSweep,
  count,
  prepare: (path: string, overrides: readonly Override[], report: ReportProgress) =>
    prepare(path, overrides, report, surveys),
  tokens: later(async () => (await import('../training/prepare/configTokens.ts')).configTokens),
  settleBase: later(async () => (await import('../training/prepare/runBase.ts')).settleBase),
  estimate: later(async () => (await import('../estimate/estimate.ts')).estimate),
  calibrate: later(async () => (await import('../estimate/speeds/calibrate.ts')).calibrate),
  openWork: later(async () => (await import('../training/work.ts')).openWork),
  evaluate: later(async () => (await import('../inference/evaluateRun.ts')).evaluateRun),
  scale: later(async () => (await import('../inference/scaleRun.ts')).scaleRun),
  predict: later(async () => (await import('../inference/predict.ts')).predict),
  generate: later(async () => (await import('../inference/generation/generate.ts')).generate),
  judgeTexts: later(async () => (await import('../inference/generation/judgeTexts.ts')).judgeTexts),
  openPromptWriter: later(async () => (await import('../inference/generation/promptWriter.ts')).openPromptWriter),
  openPredictor: later(async () => (await import('../inference/predictor.ts')).openPredictor),
  drift: later(async () => (await import('../inference/drift.ts')).drift),
  rowTexts: later(async () => (await import('../inference/rowTexts.ts')).rowTexts),
  environment: later(async () => (await import('../engines/environment.ts')).lookAtEnvironment),
  serveTrials: later(async () => (await import('../engines/trials/trialProcess.ts')).serveTrials),
  exportAdapterRuns: later(async () => (await import('../export/exportAdapters.ts')).exportAdapterRuns),
  export: later(async () => (await import('../export/exportRun.ts')).exportRun),
  upload: later(async () => (await import('../hub/upload.ts')).upload),
};

export type Operations = typeof operations;

/** Imports the operations when they are first needed, so that `peft-lab runs` starts without an engine. */
export type LoadOperations = () => Promise<Operations>;
