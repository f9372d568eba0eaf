import type { Command } from 'commander';
import type { Cli } from './cli.ts';
import { registerCheck } from './commands/config/check.ts';
import { registerCount } from './commands/config/count.ts';
import { registerEstimate } from './commands/config/estimate.ts';
import { registerTokens } from './commands/config/tokens.ts';
import { registerCalibrate } from './commands/machine/calibrate.ts';
import { registerEnvironment } from './commands/machine/environment.ts';
import { registerTryDevice } from './commands/machine/tryDevice.ts';
import { registerEvaluate } from './commands/model/evaluate.ts';
import { registerExport } from './commands/model/export.ts';
import { registerGenerate } from './commands/model/generate.ts';
import { registerPredict } from './commands/model/predict.ts';
import { registerPush } from './commands/model/push.ts';
import { registerScale } from './commands/model/scale.ts';
import { registerServe } from './commands/model/serve.ts';
import { registerSupervise } from './commands/process/supervise.ts';
import { registerWorker } from './commands/process/worker.ts';
import { registerCompare } from './commands/run/compare.ts';
import { registerDrift } from './commands/run/drift.ts';
import { registerQueue } from './commands/run/queue.ts';
import { registerReport } from './commands/run/report.ts';
import { registerResume } from './commands/run/resume.ts';
import { registerRuns } from './commands/run/runs.ts';
import { registerShow } from './commands/run/show.ts';
import { registerStop } from './commands/run/stop.ts';
import { registerTrain } from './commands/run/train.ts';
import { registerSweep } from './commands/sweep/sweep.ts';

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
  registerScale,
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
