import * as z from 'zod';
import { real } from './real.ts';

/** Tunable-parameter numbers, always three apart: method, head, base. The shape of `peft-lab count --json`. */
export const parameterCounts = z.object({
  /** Numbers that the methods tune and keep. */
  method: z.number().int(),
  /** Numbers that are trained; more than `method` for a reparameterised prefix. */
  methodTrained: z.number().int(),
  head: z.number().int(),
  base: z.number().int(),
  /** 100 · method / base */
  percent: z.number(),
  byComponent: z.record(z.string(), z.number().int()),
  /** Bottom to top: embedding, layer 0 …, final. */
  byLayer: z.array(z.object({ layer: z.string(), method: z.number().int(), head: z.number().int() })),
});
export type ParameterCounts = z.infer<typeof parameterCounts>;

/** A base model, so that another one is noticed. */
export const baseIdentity = z.object({
  /** Of a model from the hub; null for a folder, which then is never looked for at the hub. */
  commit: z.string().nullable(),
  /** file name → SHA-256: `config.json`, what the tokenizer and the chat template are read from, weights. */
  files: z.record(z.string(), z.string()),
});
export type BaseIdentity = z.infer<typeof baseIdentity>;

/** One data file of a recorded config, with what else older and newer versions say of it. */
const recordedSplit = z
  .looseObject({ file: z.string(), skip: z.number().optional(), limit: z.number().nullish() })
  .readonly();

/** What every version writes. */
const recordedKeys = z
  .looseObject({
    name: z.string().nullish(),
    revision: z.string().nullish(),
    data: z
      .looseObject({
        train: recordedSplit,
        validation: recordedSplit.nullish(),
        test: recordedSplit.nullish(),
        validation_split: z.number().nullish(),
      })
      .readonly(),
    /** Method name → its options, every one filled in. */
    methods: z.array(z.record(z.string(), z.record(z.string(), z.unknown()).readonly()).readonly()).readonly(),
    training: z.looseObject({ seed: z.number().optional() }).readonly(),
  })
  .readonly();

/**
 * The resolved config in a run's record, whichever version froze it: the keys that lists and views read are typed, all
 * others kept. Who computes with a config has it checked as a whole (`config/checks/checkRecord`).
 */
export type RecordedConfig = z.infer<typeof recordedKeys>;

/** The value as it is: parsed with a form, its keys would come in the order of the form. */
const recordedConfig = z.custom<RecordedConfig>().superRefine((value, context) => {
  for (const { path, message } of recordedKeys.safeParse(value).error?.issues ?? []) {
    context.addIssue({ code: 'custom', path, message });
  }
});

/** `run.json`: written once when the run is created, then never again. */
export const runRecord = z.object({
  version: z.literal(1),
  id: z.string(),
  createdAt: z.string(),
  /** The resolved config: every default filled in. */
  config: recordedConfig,
  /** The text as the user wrote it, and where. */
  configText: z.string(),
  configPath: z.string().nullable(),
  /** The same from the runs folder, for a project that has been moved since; runs of 0.2.0 have none. */
  configFromRuns: z.string().optional(),
  configHash: z.string(),
  /** Folder that relative paths in the config start from. */
  baseFolder: z.string(),
  /** split → SHA-256 of the file. */
  dataHashes: z.record(z.string(), z.string()),
  /** The model as it was. */
  base: baseIdentity,
  /** Class names in index order, as the training rows have them; empty for tasks without classes. */
  labels: z.array(z.string()),
  /** Number of the head's outputs. */
  outputs: z.number().int().positive(),
  codeVersion: z.string(),
  gitCommit: z.string().nullable(),
  executor: z.string(),
  device: z.string(),
  seed: z.number().int(),
  task: z.string(),
  model: z.string(),
  /** e.g. `ln-tuning`, or `prefix + adapter + ln-tuning`; the preset's name where one was used. */
  methods: z.string(),
  counts: parameterCounts,
  /** Of a run that belongs to a sweep: which of its runs it is. */
  sweep: z
    .object({
      id: z.string(),
      /** From 0 over the whole sweep, tuning runs first. */
      index: z.number().int(),
      stage: z.enum(['tuning', 'results']),
      arm: z.string(),
      experiment: z.string(),
    })
    .optional(),
});
export type RunRecord = z.infer<typeof runRecord>;

export const runState = z.enum(['queued', 'running', 'finished', 'stopped', 'failed', 'died', 'unknown']);
export type RunState = z.infer<typeof runState>;

/** A claim: who takes it. Pid and start time together identify a process; elsewhere the run is `unknown`. */
export const processRecord = z.object({
  pid: z.number().int(),
  /** As the operating system reports it; opaque. */
  startTime: z.string(),
  host: z.string(),
  bootId: z.string(),
  /** ISO 8601 time at which this process took the run. */
  claimedAt: z.string(),
  /** The job of a cluster that it belongs to: the cluster knows of it on every host. */
  job: z
    .object({
      engine: z.literal('slurm'),
      cluster: z.string(),
      /** `1234_7` */
      id: z.string(),
      /** How often the cluster has started it again. */
      restarts: z.number().int(),
    })
    .optional(),
  /** The supervisor's worker, once started: it may outlive a supervisor that was killed, for as long as a checkpoint takes. */
  worker: z.object({ pid: z.number().int(), startTime: z.string() }).optional(),
});
export type ProcessRecord = z.infer<typeof processRecord>;

/** `process.json`: who runs it, and at which attempt, from 1. */
export const runHolder = processRecord.extend({ attempt: z.number().int() });
export type RunHolder = z.infer<typeof runHolder>;

/** `summary.json`: a cache for lists, rebuildable from the journal. */
export const runSummary = z.object({
  /** 1 held the last metrics where 2 holds those of the kept weights. */
  version: z.literal(2),
  /** Length of the journal that this was computed from: another length means that the cache is stale. */
  journalBytes: z.number().int(),
  state: runState,
  step: z.number().int(),
  totalSteps: z.number().int(),
  epoch: z.number(),
  /** Of the last end: which attempt it ended. */
  attempt: z.number().int().optional(),
  startedAt: z.string().nullable(),
  /** What computed last, where the config's `auto` is settled. */
  device: z.string().optional(),
  updatedAt: z.string(),
  endedAt: z.string().nullable(),
  elapsedSeconds: z.number(),
  tokensPerSecond: z.number().nullable(),
  memoryPeakBytes: z.number().nullable(),
  loss: z.number().nullable(),
  /** What the kept weights reach on the validation rows, and as `test_…` on the test rows. */
  metrics: z.record(z.string(), real),
  /** Step of the evaluation that gave `metrics`; null before the first one. */
  metricsStep: z.number().int().nullable(),
  /** The last evaluation on the validation rows. */
  last: z.object({ step: z.number().int(), metrics: z.record(z.string(), real) }).nullable(),
  best: z.object({ name: z.string(), value: z.number(), step: z.number().int() }).nullable(),
  /** First line of the cause when the run did not finish. */
  message: z.string().nullable(),
});
export type RunSummary = z.infer<typeof runSummary>;

/** `notes.json`: what people say about the run. */
export const runNotes = z.object({
  name: z.string().default(''),
  tags: z.array(z.string()).default([]),
  note: z.string().default(''),
  pinned: z.boolean().default(false),
  protected: z.boolean().default(false),
  /** ISO 8601 time at which it was put first in the queue; absent: it waits in the order of creation. */
  putFirstAt: z.string().optional(),
});
export type RunNotes = z.infer<typeof runNotes>;

/** `control.json`: a request to the running worker, polled between steps. `id`: workers of 0.2.0 ask for one. */
export const stopRequest = z.object({ request: z.literal('stop'), id: z.string() });

/** What an int8 backbone multiplies in fp32 all the same: input channels by the name of the weight. */
export const outlierChannels = z.record(z.string(), z.array(z.number().int().nonnegative()).readonly()).readonly();

/** `engine.json`: what a resumed run goes on with, where that is not what `run.json` says. */
export const engineChoice = z.object({
  executor: z.string().optional(),
  device: z.string().optional(),
  /** What the backbone was settled as, from the first batches. */
  backbone: z.enum(['fp32', 'int8']).optional(),
  outliers: outlierChannels.optional(),
  /** Another model that it was allowed to go on with. */
  base: baseIdentity.optional(),
});
export type EngineChoice = z.infer<typeof engineChoice>;

/** `selection.json`: what a run has chosen to tune, and by what; every attempt goes on with the same. */
export const runSelection = z.object({
  version: z.literal(1),
  /** By the entry of `methods`, from 0. */
  entries: z.array(
    z.object({
      entry: z.number().int().nonnegative(),
      by: z.string(),
      /** Tensors, those of which some numbers were chosen with their places: `norm.weight[0-3,7]`. */
      chosen: z.array(z.string()),
      /** What they were chosen by, of every candidate; the mean where its numbers were. */
      scores: z.record(z.string(), z.number()),
    }),
  ),
});
export type RunSelection = z.infer<typeof runSelection>;

/** `unit.json`: numbers are learned as (y − mean) / deviation; every attempt goes on with the same. */
export const runUnit = z.object({ mean: z.number(), deviation: z.number().positive() });
export type RunUnit = z.infer<typeof runUnit>;

/** File names inside a run folder. */
export const runFiles = {
  record: 'run.json',
  journal: 'journal.jsonl',
  process: 'process.json',
  summary: 'summary.json',
  notes: 'notes.json',
  control: 'control.json',
  engine: 'engine.json',
  claim: 'claim',
  /** Says that this user put it into the queue, here. */
  ticket: 'ticket',
  last: 'last.safetensors',
  best: 'best.safetensors',
  /** First values that were computed from training rows. */
  start: 'start.safetensors',
  /** Which tensors the run has chosen to tune. */
  selection: 'selection.json',
  /** In which unit the run learns numbers. */
  unit: 'unit.json',
  adapter: 'adapter',
  log: 'output.log',
} as const;

/** File names inside an adapter folder. */
export const adapterFiles = { tensors: 'adapter.safetensors', manifest: 'manifest.json' } as const;

/** Everything `run.json` holds but what the run store adds itself. */
export type NewRun = Omit<RunRecord, 'version' | 'id' | 'createdAt'>;
