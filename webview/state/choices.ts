import * as z from 'zod';
import { panelViews } from '../../extension/contract/panel.ts';
import { costNames } from '../../extension/contract/sweepView.ts';

export const axes = ['step', 'epoch', 'time', 'tokens'] as const;
export type Axis = (typeof axes)[number];

export const groupings = ['none', 'method', 'data', 'state'] as const;
export type Grouping = (typeof groupings)[number];

/** The user's choices on the page; kept over reloads, so they are read back through this schema. */
export const choices = z.object({
  view: z.enum(panelViews),
  /** The run that Overview and Parameters tell about. */
  active: z.string().nullable(),
  /** Overlaid runs. */
  checked: z.array(z.string()),
  /** Those that were overlaid before the editor chose others: the way back. */
  checkedBefore: z.array(z.string()).nullable().default(null),
  /** Run id → its colour, dashes and marker, for life: the editor keeps them too. */
  slots: z.record(z.string(), z.number().int().nonnegative()),
  filter: z.string(),
  /** On a narrow page the list of runs folds away. */
  isListOpen: z.boolean(),
  grouping: z.enum(groupings),
  axis: z.enum(axes),
  /** 0 none … 1 strongest. */
  smoothing: z.number().min(0).max(1),
  hasLogScale: z.boolean(),
  /** Runs that differ only in seed as one line. */
  foldsSeeds: z.boolean(),
  /** Shown part of the x axis, in its unit. */
  zoom: z.object({ from: z.number(), to: z.number() }).nullable(),
  /** Charts that are shown as tables. */
  asTable: z.array(z.string()),
  /** Axis of the tunable counts; null lets the counts decide. */
  hasLogCounts: z.boolean().nullable(),
  driftStep: z.number().nullable(),
  /** The scale of a run's change that is read off; null for the best. */
  scaleAt: z.number().nullable().default(null),
  sort: z.object({ column: z.string(), isDescending: z.boolean() }).nullable(),
  hiddenColumns: z.array(z.string()),
  /** Columns that were dragged; the others follow in their own order. */
  columnOrder: z.array(z.string()),
  baseline: z.string().nullable(),
  /** The sweep that its view tells about. */
  sweep: z.string().nullable().default(null),
  /** Number of the data set and combination of the grid that is looked at. */
  sweepQuestion: z.number().int().nonnegative().default(0),
  /** The x axis of scores. */
  sweepCost: z.enum(costNames).default('tunable'),
  /** Of several tuned keys, the one on the x axis; null for the first. */
  sweepKey: z.string().nullable().default(null),
  /** The two arms that are compared row by row; empty for the best two. */
  flipArms: z.array(z.string()).default([]),
});
export type Choices = z.infer<typeof choices>;

export const defaultChoices: Choices = {
  view: 'overview',
  active: null,
  checked: [],
  checkedBefore: null,
  slots: {},
  filter: '',
  isListOpen: false,
  grouping: 'none',
  axis: 'step',
  smoothing: 0.5,
  hasLogScale: false,
  foldsSeeds: true,
  zoom: null,
  asTable: [],
  hasLogCounts: null,
  driftStep: null,
  scaleAt: null,
  sort: null,
  hiddenColumns: [],
  columnOrder: [],
  baseline: null,
  sweep: null,
  sweepQuestion: 0,
  sweepCost: 'tunable',
  sweepKey: null,
  flipArms: [],
};
