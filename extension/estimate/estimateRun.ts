import type { RunEstimate } from '../contract/estimate.ts';
import { runTime } from './runTime.ts';
import type { MachineSpeeds } from './speeds/speeds.ts';
import { runDisk } from './work/runDisk.ts';
import { runMemory } from './work/runMemory.ts';
import type { RunWork } from './work/runWork.ts';

/** Memory and time of a run from its work and the machine's speeds. */
export function estimateRun(work: RunWork, speeds: MachineSpeeds): Omit<RunEstimate, 'assumptions'> {
  const time = runTime(work, speeds);
  const memory = runMemory(work);
  const { trainingBatches, timetable } = work;
  const epochs = timetable.totalSteps / timetable.stepsPerEpoch;
  return {
    memoryBytes: Object.values(memory).reduce((sum, bytes) => sum + bytes, 0),
    memoryParts: memory,
    diskBytes: runDisk(work),
    totalSeconds: time.total,
    startSeconds: time.start,
    firstEpochSeconds: time.firstEpoch,
    laterEpochSeconds: time.laterEpoch,
    evaluationSeconds: time.evaluations,
    tokensPerSecond: (trainingBatches.tokens * epochs) / time.training,
    trainingRows: work.trainingRows,
    tokensPerEpoch: Math.round(trainingBatches.tokens),
    paddedTokensPerEpoch: Math.round(trainingBatches.paddedTokens),
    longestRow: trainingBatches.longest,
    stepsPerEpoch: timetable.stepsPerEpoch,
    totalSteps: timetable.totalSteps,
    evaluations: time.evaluationCount,
  };
}
