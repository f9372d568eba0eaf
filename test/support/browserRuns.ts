import type { JournalEvent } from '../../extension/contract/journal.ts';
import type { RunSnapshot } from '../../extension/contract/panel.ts';
import type { RunState } from '../../extension/contract/run.ts';
import { type ProgressPoints, progressColumnNames } from '../../extension/contract/series.ts';
import { reduceSummary, startSummary } from '../../extension/runs/journal/summary.ts';
import { emptySeries, extendSeries } from '../../extension/view/series.ts';

/** A small seeded generator (mulberry32): the same runs in every test. */
export function random(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  };
}

export interface RunOptions {
  readonly methods?: string;
  readonly seed?: number;
  readonly state?: RunState;
  readonly steps?: number;
  /** Steps done; all of them for a finished run. */
  readonly done?: number;
  readonly name?: string;
  readonly learningRate?: number;
  readonly method?: number;
  readonly quality?: number;
  readonly nanFrom?: number;
  readonly note?: string;
  readonly resumedAt?: number;
  readonly config?: Record<string, unknown>;
}

/** 2026-03-01 09:00 UTC: pages in tests stand at this time, plus an hour. */
export const testTimeMs = Date.UTC(2026, 2, 1, 9);

const layers = ['layer 0', 'layer 1', 'layer 2', 'layer 3', 'layer 4', 'layer 5'];

export function progressEvent(step: number, totalSteps: number, loss: number, startMs: number): JournalEvent {
  return {
    type: 'progress',
    time: new Date(startMs + step * 120).toISOString(),
    step,
    totalSteps,
    epoch: (3 * step) / totalSteps,
    loss,
    learningRate: 1e-3 * Math.min(1, step / 60) * (1 - step / totalSteps),
    gradientNorm: 0.4 + loss * 2,
    tokens: step * 370,
    tokensPerSecond: 3000 + 200 * Math.sin(step / 50),
    elapsedSeconds: step * 0.12,
    memoryBytes: 480e6 + Math.min(step, 300) * 1.2e5,
  };
}

function events(
  options: Required<Pick<RunOptions, 'seed' | 'steps' | 'done' | 'state' | 'quality'>> & RunOptions,
  startMs: number,
): JournalEvent[] {
  const { seed, steps, done, quality } = options;
  const next = random(seed * 7919 + Math.round(quality * 1e4));
  const at = (step: number) => new Date(startMs + step * 120).toISOString();
  const list: JournalEvent[] = [
    {
      type: 'hello',
      time: at(0),
      version: 1,
      run: 'r',
      pid: 1,
      codeVersion: '0.2.0',
      executor: 'onnx',
      device: 'cpu',
      threads: 2,
    },
    {
      type: 'evaluation',
      time: at(0),
      step: 0,
      epoch: 0,
      split: 'before-tuning',
      metrics: { loss: 0.701, accuracy: 0.492, f1: 0.31 },
    },
  ];
  const every = Math.max(1, Math.round(steps / 12));
  let best = 0;
  for (let step = 1; step <= done; step += 1) {
    const share = step / steps;
    const loss = 0.7 * Math.exp(-3 * share * quality) + (1 - quality) * 0.45 + 0.06 * (next() - 0.5);
    list.push(
      progressEvent(step, steps, options.nanFrom !== undefined && step >= options.nanFrom ? Number.NaN : loss, startMs),
    );
    if (step === options.resumedAt) list.push({ type: 'resumed', time: at(step), step });
    if (step % every === 0) {
      const accuracy = Math.min(0.99, 0.5 + (quality - 0.5) * (1 - Math.exp(-4 * share)) + 0.012 * (next() - 0.5));
      const hasDiverged = options.nanFrom !== undefined && step >= options.nanFrom;
      list.push({
        type: 'evaluation',
        time: at(step),
        step,
        epoch: 3 * share,
        split: 'validation',
        metrics: {
          loss: hasDiverged ? Number.NaN : loss + 0.03,
          accuracy: hasDiverged ? Number.NaN : accuracy,
          f1: accuracy - 0.02,
        },
      });
      list.push({ type: 'checkpoint', time: at(step), step, kind: 'last' });
      if (accuracy > best && !hasDiverged) {
        best = accuracy;
        list.push({
          type: 'checkpoint',
          time: at(step),
          step,
          kind: 'best',
          metric: { name: 'accuracy', value: accuracy },
        });
      }
    }
  }
  if (options.nanFrom !== undefined)
    list.push({
      type: 'warning',
      time: at(done),
      code: 'loss-nan',
      message: `The loss is not a number from step ${options.nanFrom}`,
    });
  if (options.state === 'finished') {
    list.push({
      type: 'evaluation',
      time: at(done),
      step: done,
      epoch: 3,
      split: 'test',
      metrics: { loss: 0.41, accuracy: best - 0.008, f1: best - 0.03 },
    });
    list.push({ type: 'end', time: at(done), state: 'finished', step: done });
  }
  if (options.state === 'failed' || options.state === 'died') {
    list.push({
      type: 'end',
      time: at(done),
      state: options.state,
      step: done,
      message: 'data/sst2/train.tsv:4187: 2 columns are expected, got 3; quote the field that holds a tab',
      stderrTail: [
        'DataError: data/sst2/train.tsv:4187',
        '  2 columns are expected, got 3',
        '  at readRows (trainer.cjs:1:20431)',
      ],
    });
  }
  return list;
}

const norms = ['attention gain', 'attention bias', 'ffn gain', 'ffn bias'];
const linear = ['attention.query', 'attention.key', 'attention.value', 'attention.output', 'ffn.up', 'ffn.down'];
const driftColumns: Readonly<Record<string, readonly string[]>> = {
  'ln-tuning': norms,
  bitfit: [...norms, ...linear.map((site) => `${site} bias`)],
  full: [...norms, ...linear.flatMap((site) => [`${site} weight`, `${site} bias`])],
  lora: ['attention.query weight', 'attention.value weight'],
};

function driftAt(step: number, methods: string): RunSnapshot['drift'][number] {
  const columns = [...(driftColumns[methods] ?? norms)];
  const hasGains = columns.includes('attention gain');
  const change = (depth: number, column: number) =>
    0.004 * (1 + 0.4 * column) * (step / 360) * (1 + depth * 0.35 + column * 0.1);
  const rows = layers.map((layer, depth) => ({
    layer,
    meanAbsoluteChange: columns.map((name, column) =>
      methods === 'bitfit' && name.endsWith('gain') ? null : change(depth, column),
    ),
  }));
  const embedding = { layer: 'embedding', meanAbsoluteChange: columns.map(() => null) };
  return { step, columns, layers: hasGains ? [embedding, ...rows] : rows };
}

/** A run as the host would describe it. */
export function testRun(index: number, options: RunOptions = {}): RunSnapshot {
  const {
    methods = 'ln-tuning',
    seed = 1,
    state = 'finished',
    steps = 360,
    learningRate = 0.001,
    method = 9984,
    quality = 0.84,
  } = options;
  const done = options.done ?? (state === 'queued' ? 0 : state === 'finished' ? steps : Math.round(steps * 0.62));
  const startMs = testTimeMs + index * 60_000;
  const id = `20260301-${String(90000 + index)}-${methods.replaceAll(/\W+/g, '-')}-s${seed}`;
  const list = state === 'queued' ? [] : events({ ...options, seed, steps, done, state, quality }, startMs);
  const series = extendSeries(emptySeries(), list);
  const { summary } = list.reduce(reduceSummary, startSummary(new Date(startMs).toISOString()));
  const perLayer = Math.floor(method / (layers.length + 1));
  const parts =
    methods === 'unified' ? { prefix: 73728, 'adapter at attention': 76128, 'ln-tuning': 9984 } : { [methods]: method };
  const total = Object.values(parts).reduce((sum, count) => sum + count, 0);
  return {
    state,
    message: summary.message,
    queuePosition: state === 'queued' ? 2 : null,
    record: {
      version: 1,
      id,
      createdAt: new Date(startMs).toISOString(),
      config: {
        model: 'models/all-MiniLM-L6-v2',
        task: 'classification',
        data: { train: { file: 'data/sst2/train.tsv' }, validation: { file: 'data/sst2/dev.tsv' }, max_length: 128 },
        methods: [{ [methods]: {} }],
        training: { epochs: 3, batch_size: 16, learning_rate: learningRate, seed },
        ...options.config,
      },
      configText: 'model: models/all-MiniLM-L6-v2\n',
      configPath: 'sst2.peft.yaml',
      configHash: 'c0ffee',
      baseFolder: '/workspace',
      dataHashes: {},
      base: { commit: null, files: {} },
      labels: ['negative', 'positive'],
      outputs: 2,
      codeVersion: '0.2.0',
      gitCommit: '1a2b3c4d5e6f',
      executor: 'onnx',
      device: 'cpu · 2 threads',
      seed,
      task: 'classification',
      model: 'models/all-MiniLM-L6-v2',
      methods,
      counts: {
        method: total,
        methodTrained: total,
        head: 148610,
        base: 22565376,
        percent: (100 * total) / 22565376,
        // As the trainer counts: the head's own tensors are components too.
        byComponent: { ...parts, pooler: 147_840, head: 770 },
        byLayer: [
          { layer: 'embedding', method: Math.min(768, perLayer), head: 0 },
          ...layers.map((layer) => ({
            layer,
            method: Math.round((total - Math.min(768, perLayer)) / layers.length),
            head: 0,
          })),
          { layer: 'head', method: 0, head: 148610 },
        ],
      },
    },
    summary:
      state === 'queued'
        ? null
        : {
            ...summary,
            state,
            step: done,
            totalSteps: steps,
            epoch: (3 * done) / steps,
            updatedAt: new Date(state === 'running' ? testTimeMs + 3_600_000 : startMs + done * 120).toISOString(),
            elapsedSeconds: done * 0.12,
            tokensPerSecond: 3120,
            memoryPeakBytes: 517e6,
          },
    notes: { name: options.name ?? '', tags: [], note: options.note ?? '', pinned: false, protected: false },
    changed: [
      { key: 'training.learning_rate', value: String(learningRate) },
      { key: 'training.epochs', value: '3' },
      { key: 'data.max_length', value: '128' },
    ],
    seedGroup: `${methods}:${learningRate}:${options.name ?? ''}:${JSON.stringify(options.config ?? {})}`,
    tensors:
      methods === 'ln-tuning'
        ? layers.flatMap((layer, depth) =>
            ['attention', 'ffn'].flatMap((norm) =>
              ['gain', 'bias'].map((term) => ({
                name: `encoder.layer.${depth}.${norm}.norm.${term}`,
                site: `norm.${norm}, ${layer}`,
                component: 'ln-tuning',
                shape: [384],
                count: 384,
              })),
            ),
          )
        : [],
    drift: [120, 240, 360].filter((step) => step <= done && method > 0).map((step) => driftAt(step, methods)),
    isRead: true,
    series,
  };
}

/** A run with columns of `points` steps, made without events. */
export function longRun(points: number): RunSnapshot {
  const run = testRun(0, { state: 'finished', steps: 12, done: 12 });
  const next = random(5);
  const values: Record<string, (index: number) => number> = {
    step: (index) => index + 1,
    epoch: (index) => (3 * index) / points,
    elapsedSeconds: (index) => index * 0.05,
    tokens: (index) => index * 370,
    loss: (index) => 0.7 * Math.exp((-3 * index) / points) + 0.1 * next(),
    learningRate: (index) => 1e-3 * (1 - index / points),
    gradientNorm: () => 1 + next(),
    tokensPerSecond: () => 3000 + 300 * next(),
    memoryBytes: () => 5e8,
  };
  const columns = progressColumnNames.map((name) => [
    name,
    Float64Array.from({ length: points }, (_, index) => values[name]!(index)),
  ]);
  return { ...run, series: { ...run.series, progress: Object.fromEntries(columns) as ProgressPoints } };
}

const methodCounts: readonly (readonly [string, number, number])[] = [
  ['ln-tuning', 9984, 0.84],
  ['unified', 159840, 0.86],
  ['bitfit', 26880, 0.82],
  ['head-only', 0, 0.73],
  ['lora', 73728, 0.835],
  ['prefix', 73728, 0.8],
  ['ia3', 13824, 0.81],
  ['full', 22565376, 0.87],
];

/** What a workspace may hold: 0, 1, 3 or many runs, in every state, with long names and a diverged one. */
export function workspaceRuns(count: number): RunSnapshot[] {
  if (count === 1) return [testRun(0, { state: 'running', resumedAt: 90 })];
  if (count === 3) {
    return [
      testRun(0, { methods: 'ln-tuning', quality: 0.84 }),
      testRun(1, { methods: 'unified', quality: 0.865 }),
      testRun(2, { methods: 'head-only', method: 0, quality: 0.73, state: 'running' }),
    ];
  }
  const states: readonly RunState[] = [
    'finished',
    'finished',
    'finished',
    'stopped',
    'finished',
    'failed',
    'finished',
    'died',
  ];
  return Array.from({ length: count }, (_, index) => {
    const [methods, method, quality] = methodCounts[index % methodCounts.length]!;
    if (index === count - 1) return testRun(index, { methods, method, quality, state: 'queued' });
    if (index === count - 2) return testRun(index, { methods, method, quality, state: 'running', resumedAt: 100 });
    if (index === count - 3) {
      return testRun(index, {
        methods: 'prefix + adapter + ln-tuning',
        quality: 0.85,
        name: 'prefix length 24 with attention adapter, bottleneck 48, norms of the last four layers only',
      });
    }
    if (index === count - 4)
      return testRun(index, { methods, method, quality: 0.6, nanFrom: 200, state: 'failed', learningRate: 0.3 });
    return testRun(index, {
      methods,
      method,
      quality,
      seed: 1 + Math.floor(index / methodCounts.length),
      state: states[index % states.length]!,
    });
  });
}
