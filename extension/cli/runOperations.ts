import { count } from '../estimate/count.ts';
import { readConfig } from '../training/checkedConfig.ts';
import { prepare } from '../training/prepare.ts';
import type { Operations } from './operations.ts';

/** The training program as the command line uses it. What needs an engine is loaded when it is first asked for. */
export const operations: Operations = {
  check: async (path, overrides) => (await readConfig(path, overrides, 'checking')).problems,
  count,
  prepare,
  settleBase: async (...args) => (await import('../training/runBase.ts')).settleBase(...args),
  estimate: async (...args) => (await import('../estimate/estimate.ts')).estimate(...args),
  calibrate: async (...args) => (await import('../estimate/calibrate.ts')).calibrate(...args),
  work: async (context) => (await import('../training/work.ts')).work(context),
  evaluate: async (...args) => (await import('../inference/evaluateRun.ts')).evaluateRun(...args),
  predict: async (...args) => (await import('../inference/predict.ts')).predict(...args),
  openPredictor: async (...args) => (await import('../inference/predictor.ts')).openPredictor(...args),
  drift: async (...args) => (await import('../inference/drift.ts')).drift(...args),
  environment: async (...args) => (await import('../engines/environment.ts')).environmentFacts(...args),
  serveTrials: async () => (await import('../engines/trialProcess.ts')).serveTrials(),
  export: async (...args) => (await import('../export/exportRun.ts')).exportRun(...args),
};
