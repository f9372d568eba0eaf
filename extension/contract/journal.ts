import * as z from 'zod';

/** JSON has no NaN or infinity: they travel as text, so that a diverged run can be shown as what it is. */
const real = z.union([z.number(), z.enum(['NaN', 'Infinity', '-Infinity']).transform((text) => Number(text))]);

const time = z.string().describe('ISO 8601 time of writing');
const step = z.number().int().nonnegative();
/** Which attempt at the run wrote this, from 1: put there by whoever writes the journal. */
const attempt = z.number().int().positive().optional();

/** Metrics of one evaluation, far above what any task has: every one of them is a curve and a column. */
const mostMetrics = 1000;

/** How a run can end; a signal is never success. */
const endState = z.enum(['finished', 'stopped', 'failed', 'died']);

/** How an attempt at a run ended. */
export const endEvent = z.object({
  type: z.literal('end'),
  time,
  state: endState,
  step,
  attempt,
  /** Why, for every state but `finished`. */
  message: z.string().optional(),
  exitCode: z.number().int().optional(),
  signal: z.string().optional(),
  stderrTail: z.array(z.string()).optional(),
  /** The system's code, or `other files`, where the place failed and not the run: others that begin there now would end alike. */
  placeFailure: z.string().optional(),
});

/**
 * One line of `journal.jsonl`, append only. After `resumed {step}` readers drop points of the earlier attempt that lie
 * beyond that step.
 */
export const journalEvent = z.discriminatedUnion('type', [
  z.object({
    type: z.literal('hello'),
    time,
    /** Version of this format. */
    version: z.literal(1),
    run: z.string(),
    pid: z.number().int(),
    codeVersion: z.string(),
    executor: z.string(),
    device: z.string(),
    threads: z.number().int().optional(),
    attempt,
  }),
  z.object({
    type: z.literal('progress'),
    time,
    step,
    totalSteps: step,
    /** Epochs done, fractional. */
    epoch: z.number(),
    loss: real,
    /** Of the first parameter group, schedule included. */
    learningRate: z.number(),
    /** Of each parameter group by its name, where there are several: methods and head. */
    learningRates: z.record(z.string(), z.number()).optional(),
    gradientNorm: real,
    /** Real tokens seen since the run began, earlier attempts included. */
    tokens: z.number(),
    tokensPerSecond: z.number(),
    /** Seconds of training since the run began, earlier attempts included. */
    elapsedSeconds: z.number(),
    /** Resident set of the worker. */
    memoryBytes: z.number().optional(),
  }),
  z.object({
    type: z.literal('metric'),
    time,
    step,
    name: z.string(),
    value: real,
  }),
  z.object({
    type: z.literal('evaluation'),
    time,
    step,
    epoch: z.number(),
    split: z.enum(['validation', 'test', 'before-tuning']),
    /** `loss` and the task's metrics. */
    metrics: z.record(z.string(), real).refine((metrics) => Object.keys(metrics).length <= mostMetrics),
    seconds: z.number().optional(),
  }),
  z.object({
    type: z.literal('checkpoint'),
    time,
    step,
    kind: z.enum(['last', 'best']),
    metric: z.object({ name: z.string(), value: real }).optional(),
  }),
  z.object({ type: z.literal('warning'), time, code: z.string(), message: z.string() }),
  /** What was chosen for the user, and why. */
  z.object({ type: z.literal('note'), time, code: z.string(), message: z.string() }),
  z.object({ type: z.literal('resumed'), time, step, attempt }),
  endEvent,
]);

export type JournalEvent = z.infer<typeof journalEvent>;
export type JournalEventOf<T extends JournalEvent['type']> = Extract<JournalEvent, { type: T }>;
export type EndState = z.infer<typeof endState>;

/** One journal line, newline included; NaN and infinities as text. */
export function journalLine(event: JournalEvent): string {
  const text = JSON.stringify(event, (_, value: unknown) =>
    typeof value === 'number' && !Number.isFinite(value) ? String(value) : value,
  );
  return `${text}\n`;
}

/** The event of one line, or undefined when it is not one (garbage, half a line, a newer format). */
export function parseJournalLine(line: string): JournalEvent | undefined {
  let value: unknown;
  try {
    value = JSON.parse(line);
  } catch {
    return undefined;
  }
  const parsed = journalEvent.safeParse(value);
  return parsed.success ? parsed.data : undefined;
}
