import type { Command } from 'commander';
import type { Cli } from './cli.ts';
import { registerCalibrate } from './commands/calibrate.ts';
import { registerCheck } from './commands/check.ts';
import { registerCompare } from './commands/compare.ts';
import { registerCount } from './commands/count.ts';
import { registerDrift } from './commands/drift.ts';
import { registerEnvironment } from './commands/environment.ts';
import { registerEstimate } from './commands/estimate.ts';
import { registerEvaluate } from './commands/evaluate.ts';
import { registerExport } from './commands/export.ts';
import { registerGenerate } from './commands/generate.ts';
import { registerPredict } from './commands/predict.ts';
import { registerPush } from './commands/push.ts';
import { registerQueue } from './commands/queue.ts';
import { registerReport } from './commands/report.ts';
import { registerResume } from './commands/resume.ts';
import { registerRuns } from './commands/runs.ts';
import { registerServe } from './commands/serve.ts';
import { registerShow } from './commands/show.ts';
import { registerStop } from './commands/stop.ts';
import { registerSupervise } from './commands/supervise.ts';
import { registerSweep } from './commands/sweep.ts';
import { registerTokens } from './commands/tokens.ts';
import { registerTrain } from './commands/train.ts';
import { registerTryDevice } from './commands/tryDevice.ts';
import { registerWorker } from './commands/worker.ts';

/** All commands, in the order in which the help lists them. */
export const commands: readonly ((program: Command, cli: Cli) => void)[] = [
  registerTrain,
  registerResume,
  registerSweep,
  registerStop,
  registerQueue,
  registerCheck,
  registerTokens,
  registerCount,
  registerEstimate,
  registerRuns,
  registerShow,
  registerCompare,
  registerReport,
  registerEvaluate,
  registerPredict,
  registerGenerate,
  registerExport,
  registerPush,
  registerEnvironment,
  registerDrift,
  registerServe,
  registerSupervise,
  registerWorker,
  registerTryDevice,
  registerCalibrate,
];
