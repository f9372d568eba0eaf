import * as z from 'zod';
import { real } from './real.ts';

/** One Float64Array a field keeps a run of a million points at 72 MB, and structured clone copies it in one go. */
export const progressColumnNames = [
  'step',
  'epoch',
  'elapsedSeconds',
  'tokens',
  'loss',
  'learningRate',
  'gradientNorm',
  'tokensPerSecond',
  'memoryBytes',
] as const;
export type ProgressColumnName = (typeof progressColumnNames)[number];

const column = z.instanceof(Float64Array);
const step = z.number().int().nonnegative();

const progressPoints = z
  .object(
    Object.fromEntries(progressColumnNames.map((name) => [name, column])) as Record<ProgressColumnName, typeof column>,
  )
  .refine((columns) => progressColumnNames.every((name) => columns[name].length === columns.step.length), {
    error: 'progress: all columns have one length, got different ones',
  });

const metricPoints = z
  .object({ name: z.string(), step: column, value: column })
  .refine((columns) => columns.step.length === columns.value.length, {
    error: 'metrics: step and value have one length, got different ones',
  });

/** What a run's journal says, in the compact form in which it crosses to the page and is drawn. */
export const runSeries = z.object({
  /** One row a `progress` event, by step. NaN where a field was absent. */
  progress: progressPoints,
  /** Of `metric` events, by step. A list, so that no name can be special. */
  metrics: z.array(metricPoints),
  evaluations: z.array(
    z.object({
      step,
      epoch: z.number(),
      split: z.enum(['validation', 'test', 'before-tuning']),
      metrics: z.record(z.string(), real),
    }),
  ),
  checkpoints: z.array(z.object({ step, kind: z.enum(['last', 'best']) })),
  /** Steps at which a later attempt took over. */
  resumes: z.array(step),
  /** What happened, oldest first. */
  log: z.array(
    z.object({ time: z.string(), kind: z.enum(['start', 'note', 'warning', 'resumed', 'end']), text: z.string() }),
  ),
  /** Last lines of stderr when the run ended badly. */
  stderrTail: z.array(z.string()),
});
export type RunSeries = z.infer<typeof runSeries>;
export type ProgressPoints = RunSeries['progress'];
export type MetricPoints = RunSeries['metrics'][number];
