import type { Operations } from '../operations.ts';
import { readConfig } from './checkedConfig.ts';
import { count } from './count.ts';
import { prepare } from './prepare.ts';

/** The training program as the command line uses it. What needs an engine is loaded when it is first asked for. */
export const operations: Operations = {
  check: async (path, overrides) => (await readConfig(path, overrides, 'checking')).problems,
  count,
  prepare,
  settleBase: async (...args) => (await import('./runBase.ts')).settleBase(...args),
  estimate: async (...args) => (await import('./estimate.ts')).estimate(...args),
  calibrate: async (...args) => (await import('./calibrate.ts')).calibrate(...args),
  work: async (context) => (await import('./work.ts')).work(context),
  evaluate: async (...args) => (await import('./evaluateRun.ts')).evaluateRun(...args),
  predict: async (...args) => (await import('./predict.ts')).predict(...args),
  openPredictor: async (...args) => (await import('./predictor.ts')).openPredictor(...args),
  drift: async (...args) => (await import('./drift.ts')).drift(...args),
  environment: async (...args) => (await import('./environment.ts')).environmentFacts(...args),
  serveTrials: async () => (await import('./trialProcess.ts')).serveTrials(),
  export: async (...args) => (await import('./exportRun.ts')).exportRun(...args),
};
