import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { type SafetensorsTensor, writeSafetensors } from '../../checkpoint/format/safetensors.ts';
import { initialValues } from '../../checkpoint/initialize.ts';
import { type ModelWeights, modelWeights } from '../../checkpoint/modelFolder.ts';
import { openWeights } from '../../checkpoint/weightFiles.ts';
import { collate } from '../../data/batches/collate.ts';
import type { Backbone, TrainingSession } from '../../engines/engine.ts';
import { onnxEngine } from '../../engines/onnx/onnxEngine.ts';
import { makeFolder } from '../../files/makeFolder.ts';
import { elements, type Feeds } from '../../graph/tensor.ts';
import { gradientRows, withGradients } from '../../graph/withGradients.ts';
import { parseMethodsText } from '../../methods/entries/parse.ts';
import { full } from '../../methods/full.ts';
import { lnTuning } from '../../methods/lnTuning.ts';
import { readDimensions, smallEncoder } from '../../models/config.ts';
import { taskTensors } from '../../models/families.ts';
import { classification } from '../../tasks/classification.ts';
import { planTuning, trainingProgram } from '../../training/plan/tuning.ts';
import { graphWork } from '../work/graphWork.ts';
import { frozenProductNumbers } from '../work/runMemory.ts';
import { sizesOf } from '../work/runWork.ts';
import { fitSpeeds } from './fitSpeeds.ts';
import type { MachineSpeeds, StepWork } from './speeds.ts';

/** The speeds that are fitted in the process that computes; its start is timed from outside. */
type MeasuredSpeeds = Omit<MachineSpeeds, 'process'>;

const batchRows = 16;
interface Trial {
  readonly hidden: number;
  readonly backbone: Backbone;
  readonly methods: string;
  readonly lengths: readonly number[];
}

/** A narrow model shows what kernels and reading cost, a wide one what products cost, and `full` what tuning costs. */
const trials: readonly Trial[] = [
  { hidden: 96, backbone: 'fp32', methods: lnTuning.name, lengths: [4, 24, 96] },
  { hidden: 384, backbone: 'fp32', methods: lnTuning.name, lengths: [12, 32, 96] },
  { hidden: 384, backbone: 'int8', methods: lnTuning.name, lengths: [12, 32, 96] },
  { hidden: 384, backbone: 'fp32', methods: full.name, lengths: [12, 32] },
];
/** Rounds that warm up, least rounds that count, and milliseconds after which no more are made. */
const pace = { warm: 2, least: 6, enoughMs: 4500 } as const;

/**
 * Trains small random models of a few shapes and fits the speeds of this machine to their steps: some 6 seconds. All of
 * them take turns, step by step, and the lower quartile of each counts: what else the machine does for a while only adds,
 * and a step that follows one like it would find everything warm.
 */
export async function measureMachine(
  threads: number | undefined,
  onProgress: (done: number, total: number) => void,
): Promise<MeasuredSpeeds> {
  const folder = mkdtempSync(path.join(tmpdir(), 'peft-lab-calibration-'));
  const sessions: TrainingSession[] = [];
  const openings: Opening[] = [];
  const shapes: Shape[] = [];
  try {
    for (const [index, { hidden, backbone, methods, lengths }] of trials.entries()) {
      const subject = await openSubject(path.join(folder, `${index}`), hidden, methods);
      const openedAt = performance.now();
      const session = await subject.open(backbone, threads);
      sessions.push(session);
      openings.push({ seconds: (performance.now() - openedAt) / 1000, numbers: frozenProductNumbers(subject.graph) });
      for (const length of lengths) {
        const work = graphWork(subject.graph, sizesOf(batchRows, length), backbone === 'int8');
        shapes.push({
          session,
          feeds: subject.feeds(length),
          work: { ...work, tuned: subject.steppedNumbers },
          times: [],
        });
      }
    }
    await takeTurns(shapes, onProgress);
  } finally {
    for (const session of sessions) await session.close();
    rmSync(folder, { recursive: true, force: true });
  }
  const [narrow, wide, bytes] = openings as [Opening, Opening, Opening];
  const more = (opening: Opening): number => Math.max(0, (opening.seconds - narrow.seconds) / opening.numbers);
  const steps = shapes.map(({ work, times }) => ({ work, seconds: lowerQuartile(times) }));
  return { ...fitSpeeds(steps), layOut: more(wide), quantize: more(bytes), open: narrow.seconds };
}

/** A batch of one shape, and how long its steps took. */
interface Shape {
  readonly session: TrainingSession;
  readonly feeds: Feeds;
  readonly work: StepWork;
  /** In seconds. */
  readonly times: number[];
}

async function takeTurns(shapes: readonly Shape[], onProgress: (done: number, total: number) => void): Promise<void> {
  const rounds = pace.warm + pace.least;
  const started = performance.now();
  for (let round = 0; round < rounds || performance.now() - started < pace.enoughMs; round++) {
    for (const { session, feeds, times } of shapes) {
      const before = performance.now();
      const step = round + 1;
      await session.step({ step, batches: [feeds], lossScale: 1 / batchRows, schedule: 1, maxGradientNorm: 1 });
      if (round >= pace.warm) times.push((performance.now() - before) / 1000);
    }
    onProgress(Math.min(round + 1, rounds), rounds);
  }
}

const lowerQuartile = (values: readonly number[]): number =>
  values.toSorted((a, b) => a - b)[Math.floor(values.length / 4)]!;

/** A session being opened, and the numbers of frozen weights in its products. */
interface Opening {
  readonly seconds: number;
  readonly numbers: number;
}

/** Two blocks with random weights, to be tuned. */
async function openSubject(folder: string, hidden: number, methodsText: string) {
  const dimensions = readDimensions(smallEncoder(hidden), 'the measured model');
  const { backbone, pooler } = taskTensors(dimensions, 'sequence', 2);
  const values = [...backbone, ...pooler].map((spec): [string, SafetensorsTensor] => {
    const data = initialValues(spec, { kind: 'uniform', bound: 0.04 }, 1);
    return [spec.name, { dtype: 'F32', shape: [...spec.shape], data }];
  });
  makeFolder(folder);
  await writeSafetensors(path.join(folder, 'model.safetensors'), new Map(values), { format: 'pt' });
  const model = { folder, config: {}, dimensions, entries: await openWeights(folder) };
  const weights: ModelWeights = modelWeights(model, { head: 'sequence', outputs: 2, seed: 1 });
  const task = classification;
  const { methods } = parseMethodsText(methodsText);
  const rates = { learningRate: undefined, headLearningRate: 1e-3, weightDecay: 0, labelSmoothing: 0, dropout: 0 };
  const tuning = planTuning(weights, { ...rates, methods, task, trainPooler: true });
  const { graphs, trainable } = tuning;
  const graph = withGradients(graphs.training, trainable);
  return {
    graph,
    steppedNumbers: trainable.reduce(
      (sum, { name, shape }) => (gradientRows(graph, name) ? sum : sum + elements(shape)),
      0,
    ),
    feeds: (length: number) => {
      const example = (index: number) => ({
        index,
        inputIds: Array.from({ length }, (_, i) => (index * 31 + i * 7) % dimensions.vocabulary),
        tokenTypeIds: Array<number>(length).fill(0),
        target: [index % 2],
      });
      return collate(
        Array.from({ length: batchRows }, (_, i) => example(i)),
        task,
        { dimensions, positionShift: 0 },
      ).feeds;
    },
    open: async (backboneKind: Backbone, threads: number | undefined) =>
      await onnxEngine('cpu').openTraining(await trainingProgram(tuning, weights, 1), {
        threads,
        backbone: backboneKind,
        expectedSteps: 1e6,
      }),
  };
}
