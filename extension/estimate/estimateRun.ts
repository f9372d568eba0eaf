import type { RunEstimate } from '../contract/estimate.ts';
import { runMemory } from './runMemory.ts';
import type { RunPlan } from './runPlan.ts';
import { runTime } from './runTime.ts';
import type { MachineSpeeds } from './speeds.ts';

/** Memory and time of a run from its plan and the machine's speeds. */
export function estimateRun(plan: RunPlan, speeds: MachineSpeeds): Omit<RunEstimate, 'assumptions'> {
  const time = runTime(plan, speeds);
  const memory = runMemory(plan);
  const { trainingBatches, timetable } = plan;
  const epochs = timetable.totalSteps / timetable.stepsPerEpoch;
  return {
    memoryBytes: Object.values(memory).reduce((sum, bytes) => sum + bytes, 0),
    memoryParts: memory,
    totalSeconds: time.total,
    startSeconds: time.start,
    firstEpochSeconds: time.firstEpoch,
    laterEpochSeconds: time.laterEpoch,
    evaluationSeconds: time.evaluations,
    tokensPerSecond: (trainingBatches.tokens * epochs) / time.training,
    trainingRows: plan.trainingRows,
    tokensPerEpoch: Math.round(trainingBatches.tokens),
    paddedTokensPerEpoch: Math.round(trainingBatches.paddedTokens),
    longestRow: trainingBatches.longest,
    stepsPerEpoch: timetable.stepsPerEpoch,
    totalSteps: timetable.totalSteps,
    evaluations: time.evaluationCount,
  };
}
