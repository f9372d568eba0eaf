import * as z from 'zod';
import { journalEvent } from './journal.ts';
import { rowFlipsView } from './rowFlips.ts';
import { runNotes, runRecord, runState, runSummary } from './run.ts';
import { scaleCurve } from './scale.ts';
import { runSeries } from './series.ts';
import { sweepView } from './sweepView.ts';

/** One tensor that a run tunes. */
const tunableTensor = z.object({
  name: z.string(),
  site: z.string(),
  /** `method part` such as `ln-tuning`, or `head`; one of the keys of `counts.byComponent`, or `head`. */
  component: z.string(),
  shape: z.array(z.number().int()),
  count: z.number().int(),
});
export type TunableTensor = z.infer<typeof tunableTensor>;

/** How far what a run tunes had moved at one checkpoint: mean |Δ| since the start, layers bottom to top. */
export const tensorChange = z
  .object({
    step: z.number().int().nonnegative(),
    /** Sites: `attention gain`, `ffn.up weight`. */
    columns: z.array(z.string()),
    layers: z.array(
      z.object({
        layer: z.string(),
        /** In the order of `columns`; null where the layer has no such tensor, or it is not tuned. */
        meanAbsoluteChange: z.array(z.number().nullable()),
      }),
    ),
  })
  .refine(({ columns, layers }) => layers.every((row) => row.meanAbsoluteChange.length === columns.length), {
    error: 'drift: each layer has as many values as there are columns, got another number',
  });
export type TensorChange = z.infer<typeof tensorChange>;

const runLive = z.object({
  state: runState,
  /** Why, where the journal does not say it: the cluster's word, or that of a process that is gone. */
  message: z.string().nullable(),
  summary: runSummary.nullable(),
  notes: runNotes,
  /** 1 for the next to start; null when the run does not wait. */
  queuePosition: z.number().int().positive().nullable(),
  drift: z.array(tensorChange),
  /** Why `drift` is empty, where something stands in its way. */
  driftProblem: z.string().optional(),
});

/** How far a run's tensors moved, or why that cannot be told. */
export type RunDrift = Pick<z.infer<typeof runLive>, 'drift' | 'driftProblem'>;

/** Everything the page knows of one run. */
const runSnapshot = runLive.extend({
  record: runRecord,
  /** Config keys that differ from their defaults, dotted, as the user would write their values. */
  changed: z.array(z.object({ key: z.string(), value: z.string() })),
  /** Equal for runs that differ in nothing but the seed. */
  seedGroup: z.string(),
  tensors: z.array(tunableTensor),
  /** Whether `series` holds what the journal says: curves are read when somebody looks at the run. */
  isRead: z.boolean(),
  series: runSeries,
});
export type RunSnapshot = z.infer<typeof runSnapshot>;

/** A folder under the runs folder that this version cannot read. */
const foreignRun = z.object({ id: z.string(), reason: z.string() });
export type ForeignRun = z.infer<typeof foreignRun>;

export const panelViews = ['overview', 'curves', 'parameters', 'compare', 'sweep'] as const;
export type PanelView = (typeof panelViews)[number];

/** Run id → the number of its line's look: colour, dashes, marker. */
const looks = z.record(z.string(), z.number().int().nonnegative());

/** Two arms of a sweep that are to be compared row by row. */
const flipsQuestion = z.object({ sweep: z.string(), first: z.string(), second: z.string() });
export type FlipsQuestion = z.infer<typeof flipsQuestion>;

/** Its answer: one for each question of the sweep that can be answered, or why none can. */
const flipsAnswer = z.object({
  ...flipsQuestion.shape,
  flips: z.array(rowFlipsView),
  problem: z.string().optional(),
});
export type FlipsAnswer = z.infer<typeof flipsAnswer>;

/** A run's score over the scale of its change, or why there is none. */
const scaleAnswer = z.object({ run: z.string(), curve: scaleCurve.optional(), problem: z.string().optional() });
export type ScaleAnswer = z.infer<typeof scaleAnswer>;

export const hostMessage = z.discriminatedUnion('type', [
  /** All that there is, after `ready`; replaces what the page had. */
  z.object({
    type: z.literal('snapshot'),
    runs: z.array(runSnapshot),
    foreign: z.array(foreignRun),
    /** What an earlier page said of looks. */
    looks: looks.optional(),
    /** Of a report: the sweeps that its runs belong to. */
    sweeps: z.array(sweepView).optional(),
    /** Of a report: the arms of those sweeps row by row. */
    flips: z.array(flipsAnswer).optional(),
  }),
  /** Folders that cannot be read as runs, as they are now. */
  z.object({ type: z.literal('foreign'), foreign: z.array(foreignRun) }),
  /** How many older runs the page is not told of. */
  z.object({ type: z.literal('untold'), count: z.number().int().nonnegative() }),
  /** A sweep that is looked at, as it is now. */
  z.object({ type: z.literal('sweep'), sweep: sweepView }),
  /** Why a sweep that is looked at cannot be told. */
  z.object({ type: z.literal('noSweep'), sweep: z.string(), problem: z.string() }),
  /** Asked by `flips`, by this page or one before it, and not answered yet. */
  z.object({ type: z.literal('askFlips'), ...flipsQuestion.shape }),
  /** The answer to `flips`. */
  z.object({ type: z.literal('flips'), ...flipsAnswer.shape }),
  /** Asked by `scale`, by this page or one before it, and not answered yet. */
  z.object({ type: z.literal('askScale'), run: z.string() }),
  /** The answer to `scale`. */
  z.object({ type: z.literal('scaled'), ...scaleAnswer.shape }),
  /** A run that came, or came back. */
  z.object({ type: z.literal('run'), run: runSnapshot }),
  /** New journal events, in their JSON form (see `appendMessage`). */
  z.object({ type: z.literal('append'), run: z.string(), events: z.array(journalEvent) }),
  /** What changed beside the journal. */
  z.object({ type: z.literal('update'), run: z.string(), change: runLive.partial() }),
  z.object({ type: z.literal('removed'), run: z.string() }),
  /** The page answers `taken` when all that came before is drawn: until then the host sends nothing more. */
  z.object({ type: z.literal('mark'), mark: z.number().int() }),
  /** The user asked for these runs from elsewhere: the tree, the status bar, a command. */
  z.object({
    type: z.literal('show'),
    view: z.enum(panelViews).optional(),
    runs: z.array(z.string()),
    /** Id of the sweep to open. */
    sweep: z.string().optional(),
  }),
]);
export type HostMessage = z.infer<typeof hostMessage>;
/** What is posted: NaN and infinities of events are text. */
export type HostMessageInput = z.input<typeof hostMessage>;

export const runActions = [
  'stop',
  'resume',
  'rerunWithChanges',
  'tryModel',
  'exportAdapter',
  'openLog',
  'openConfig',
] as const;
export type RunAction = (typeof runActions)[number];

/** What the page's buttons do to a sweep. */
const sweepActions = ['stop', 'resume'] as const;
export type SweepAction = (typeof sweepActions)[number];

export const pageMessage = z.discriminatedUnion('type', [
  /** `chosen`: the runs that an earlier life of the page had ticked, in front or as its baseline, however old. */
  z.object({ type: z.literal('ready'), chosen: z.array(z.string()) }),
  z.object({ type: z.literal('taken'), mark: z.number().int() }),
  /** What is looked at: the run in front, the overlaid ones, and the sweep where its view is open. */
  z.object({
    type: z.literal('select'),
    active: z.string().nullable(),
    checked: z.array(z.string()),
    sweep: z.string().nullable().default(null),
  }),
  z.object({ type: z.literal('flips'), ...flipsQuestion.shape }),
  /** A run is to be judged with its change scaled. */
  z.object({ type: z.literal('scale'), run: z.string() }),
  z.object({ type: z.literal('sweepAction'), action: z.enum(sweepActions), sweep: z.string() }),
  z.object({ type: z.literal('action'), action: z.enum(runActions), run: z.string() }),
  /** Kept for the next page, so that a run has one colour for life. */
  z.object({ type: z.literal('looks'), looks }),
  z.object({ type: z.literal('start') }),
  /** A file for the host's save dialog; `name` is a suggestion without folders. */
  z.object({
    type: z.literal('save'),
    name: z.string().regex(/^[\w.-]{1,120}$/),
    data: z.union([z.string(), z.instanceof(Uint8Array)]),
  }),
  /** The host writes the self-contained report of these runs, to open as the page is: its choices, as it keeps them. */
  z.object({
    type: z.literal('report'),
    runs: z.array(z.string()),
    choices: z.record(z.string(), z.unknown()).optional(),
  }),
  z.object({ type: z.literal('copy'), text: z.string() }),
  /** The page met an error of its own; the host logs it. */
  z.object({ type: z.literal('error'), message: z.string() }),
]);
export type PageMessage = z.infer<typeof pageMessage>;
