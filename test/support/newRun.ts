import type { JournalEventOf } from '../../extension/contract/journal.ts';
import { type RunRecord, runRecord } from '../../extension/contract/run.ts';

type NewRun = Omit<RunRecord, 'version' | 'id' | 'createdAt'>;

/** Parts of a record; those of its config may be any. */
export type RecordParts = Partial<Omit<RunRecord, 'config'>> & { readonly config?: Readonly<Record<string, unknown>> };

/** A run record's content with the given parts. */
export function newRun({ config, ...parts }: RecordParts = {}): NewRun {
  return {
    config: runRecord.shape.config.parse({
      model: 'model',
      task: 'classification',
      methods: [{ 'ln-tuning': {} }],
      training: {},
      ...config,
      data: { train: { file: 'data/sst2/train.tsv' }, ...(config?.data as object) },
    }),
    configText: 'model: model\n',
    configPath: null,
    configHash: 'c0ffee',
    baseFolder: process.cwd(),
    dataHashes: {},
    base: { commit: null, files: {} },
    labels: ['negative', 'positive'],
    outputs: 2,
    codeVersion: '0.2.0',
    gitCommit: null,
    executor: 'onnx',
    device: 'cpu',
    seed: 1,
    task: 'classification',
    model: 'model',
    methods: 'ln-tuning',
    counts: {
      method: 38_400,
      methodTrained: 38_400,
      head: 592_130,
      base: 109_482_240,
      percent: 0.035,
      byComponent: { 'norm.attention': 18_432 },
      byLayer: [{ layer: 'layer 0', method: 3_072, head: 0 }],
    },
    ...parts,
  };
}

/** Seconds after a fixed moment, as a journal writes them. */
export const at = (second: number): string => new Date(Date.UTC(2025, 0, 31, 12, 0, second)).toISOString();

export const hello = (second = 0): JournalEventOf<'hello'> => ({
  type: 'hello',
  time: at(second),
  version: 1,
  run: 'run',
  pid: 1,
  codeVersion: '0.2.0',
  executor: 'onnx',
  device: 'cpu',
  attempt: 1,
});

export const progress = (
  step: number,
  parts: Partial<JournalEventOf<'progress'>> = {},
): JournalEventOf<'progress'> => ({
  type: 'progress',
  time: at(step),
  step,
  totalSteps: 100,
  epoch: step / 50,
  loss: 1 / step,
  learningRate: 1e-3,
  gradientNorm: 0.5,
  tokens: step * 1000,
  tokensPerSecond: 1000,
  elapsedSeconds: step,
  ...parts,
});

export const evaluation = (step: number, accuracy: number): JournalEventOf<'evaluation'> => ({
  type: 'evaluation',
  time: at(step),
  step,
  epoch: step / 50,
  split: 'validation',
  metrics: { loss: 1 - accuracy, accuracy },
});

export const testEvaluation = (step: number, accuracy: number): JournalEventOf<'evaluation'> => ({
  ...evaluation(step, accuracy),
  split: 'test',
});

/** The checkpoint of an evaluation that is the best so far. */
export const best = (step: number, value: number): JournalEventOf<'checkpoint'> => ({
  type: 'checkpoint',
  time: at(step),
  step,
  kind: 'best',
  metric: { name: 'accuracy', value },
});

export const end = (state: JournalEventOf<'end'>['state'], step: number, message?: string): JournalEventOf<'end'> => ({
  type: 'end',
  time: at(step),
  state,
  step,
  attempt: 1,
  ...(message === undefined ? {} : { message }),
});
