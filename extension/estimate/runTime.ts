import type { BatchShape, BatchShapes } from '../data/batches/batchShapes.ts';
import { isCausal } from '../graph/isCausal.ts';
import type { Graph } from '../graph/value.ts';
import { type MachineSpeeds, workSeconds } from './speeds/speeds.ts';
import { cachedShare } from './work/cachedShare.ts';
import { graphWork } from './work/graphWork.ts';
import { frozenProductNumbers } from './work/runMemory.ts';
import { type RunWork, sizesOf } from './work/runWork.ts';

/** How long the parts of a run take, in seconds. */
interface RunTime {
  readonly start: number;
  readonly firstEpoch: number;
  readonly laterEpoch: number;
  /** All training steps. */
  readonly training: number;
  /** All evaluations. */
  readonly evaluations: number;
  readonly evaluationCount: number;
  /** From the command to its end. */
  readonly total: number;
}

/** Processes between the command and the first step, one after the other: command, supervisor, worker. */
const processes = 3;
/** Seconds of an evaluated batch beside its graph: collating, gathering metrics. */
const batchSeconds = 1e-3;
/** Seconds of a step beside its graph: looking for requests, writing the journal, which others read. */
const stepSeconds = 3e-3;
/** Tuned tensors are read, copied and given moments before the first step: so many times the work of a step. */
const tunedSetup = 3;

/** The first pass of a session takes so many times as long as later ones: its weights and memory are not there yet. */
const coldPasses = 2;

/** Whether int8 is compared with fp32 before the first step: always so on a decoder. */
export const comparesInt8 = ({ int8, training }: Pick<RunWork, 'int8' | 'training'>): boolean =>
  int8 && isCausal(training);

/** The batch in the middle of all lengths. */
const middleBatch = ({ trainingBatches: { shapes } }: RunWork): BatchShape => shapes[shapes.length >> 1]!;

/** Gradients of a few rows in fp32 and in bytes, and two passes that measure channels. */
function comparison(work: RunWork, speeds: MachineSpeeds): number {
  const { training, evaluation } = work;
  const { rows, length, labelled } = middleBatch(work);
  const few = Math.max(1, Math.min(4, rows, Math.floor(1_000 / length)));
  const sizes = sizesOf(few, length, Math.ceil((labelled * few) / rows));
  const seconds = (graph: Graph, int8: boolean) => workSeconds({ ...graphWork(graph, sizes, int8), tuned: 0 }, speeds);
  const gradients = seconds(training, false) + seconds(training, true);
  return 2 * speeds.open + coldPasses * gradients + (coldPasses + 1) * seconds(evaluation, false);
}

/** Gradients of rows, one by one, by which tensors are chosen. */
function choosing(work: RunWork, { graph, rows }: NonNullable<RunWork['selection']>, speeds: MachineSpeeds): number {
  const { trainingBatches, trainingRows } = work;
  const length = Math.max(1, Math.round(trainingBatches.tokens / trainingRows));
  const { labelled, rows: together } = middleBatch(work);
  const sizes = sizesOf(1, length, Math.ceil(labelled / together));
  const once = workSeconds({ ...graphWork(graph, sizes, false), tuned: 0 }, speeds) + batchSeconds;
  return speeds.open + Math.min(rows, trainingRows) * once;
}

/** Adds up a run's time from its work and the machine's speeds. */
export function runTime(work: RunWork, speeds: MachineSpeeds): RunTime {
  const { timetable, int8, tunedNumbers, steppedNumbers } = work;
  const over = (batches: BatchShapes | undefined, graphs: readonly (Graph | undefined)[]): number => {
    let seconds = 0;
    for (const { rows, length, labelled, count } of batches?.shapes ?? []) {
      const sizes = sizesOf(rows, length, labelled);
      const once = graphs.reduce(
        (sum, graph) => (graph ? sum + workSeconds({ ...graphWork(graph, sizes, int8), tuned: 0 }, speeds) : sum),
        0,
      );
      seconds += count * (once + batchSeconds);
    }
    return seconds;
  };
  const perStep = steppedNumbers * speeds.tune + stepSeconds;
  const beside = timetable.stepsPerEpoch * perStep + work.trainingRows * work.rowSeconds;
  const firstEpoch = over(work.trainingBatches, [work.prefix, work.training]) + beside;
  const kept = cachedShare(work);
  const without = kept > 0 ? over(work.trainingBatches, [work.training]) + beside : firstEpoch;
  const laterEpoch = kept * without + (1 - kept) * firstEpoch;
  const epochs = timetable.totalSteps / timetable.stepsPerEpoch;
  const training = epochs <= 1 ? epochs * firstEpoch : firstEpoch + (epochs - 1) * laterEpoch;

  let validations = work.evaluatesOnStart ? 1 : 0;
  let checkpoints = 0;
  for (let step = 1; step <= timetable.totalSteps; step++) {
    if (timetable.evaluatesAfter(step)) validations++;
    if (timetable.checkpointsAfter(step)) checkpoints++;
  }
  if (!work.validationBatches) validations = 0;
  const whole = over(work.validationBatches, [work.prefix, work.evaluation]);
  const again = kept > 0 ? kept * over(work.validationBatches, [work.evaluation]) + (1 - kept) * whole : whole;
  const validating = validations === 0 ? 0 : whole + (validations - 1) * again;
  const opening = (graph: Graph, prepacks: boolean): number => {
    const perNumber = int8 ? speeds.quantize : prepacks ? speeds.layOut : 0;
    return speeds.open + frozenProductNumbers(graph) * perNumber;
  };
  const evaluationCount = validations + (work.testBatches ? 1 : 0);
  const evaluations =
    validating +
    over(work.testBatches, [work.prefix, work.evaluation]) +
    (evaluationCount > 0 ? opening(work.evaluation, false) : 0);

  const { tokenStart } = work;
  const begins = tokenStart
    ? speeds.open +
      workSeconds({ ...graphWork(tokenStart.graph, sizesOf(1, tokenStart.tokens), false), tuned: 0 }, speeds)
    : 0;
  const chooses = work.selection ? choosing(work, work.selection, speeds) : 0;
  const compared = comparesInt8(work) ? comparison(work, speeds) : 0;
  const { rows, length, labelled } = middleBatch(work);
  const sizes = sizesOf(rows, length, labelled);
  const cold = (coldPasses - 1) * workSeconds({ ...graphWork(work.training, sizes, int8), tuned: 0 }, speeds);
  const opens = opening(work.training, work.prepacks);
  const settingUp = begins + chooses + compared + opens + cold + tunedSetup * tunedNumbers * speeds.tune;
  const start = processes * speeds.process + work.readSeconds + settingUp;
  // A checkpoint copies and writes values and both moments: about what one optimizer step takes.
  const saving = checkpoints * tunedNumbers * speeds.tune;
  return {
    start,
    firstEpoch,
    laterEpoch,
    training,
    evaluations,
    evaluationCount,
    total: start + training + evaluations + saving,
  };
}
