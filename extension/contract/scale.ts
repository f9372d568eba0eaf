import * as z from 'zod';
import { real } from './real.ts';

/** A run's score where what it tuned stands at start + λ·change: 0 is the frozen model, 1 the tuned one. */
export const scaleCurve = z.object({
  /** What was judged: rows of a file, or those that the run was validated on. */
  rows: z.number().int(),
  file: z.string(),
  seconds: z.number(),
  /** Methods whose terms were scaled, and numbers in them. */
  methods: z.array(z.string()),
  numbers: z.number().int(),
  /** Methods whose terms have no value in the frozen model: they stay as trained, as the head does. */
  kept: z.array(z.string()),
  /** The metric that `best` goes by. */
  metric: z.string(),
  /** λ of the best point; of equal ones the nearest to 1. */
  best: z.number(),
  /** By λ, lowest first. */
  points: z.array(z.object({ scale: z.number(), metrics: z.record(z.string(), real) })),
});
export type ScaleCurve = z.infer<typeof scaleCurve>;
