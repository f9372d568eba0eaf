import type { RunWork } from './runWork.ts';

/** Bytes of a line of the journal for each step. */
const stepBytes = 400;
/** Record, engine's choice, summary and the manifest of what was tuned. */
const recordBytes = 12e3;

/**
 * Bytes that a run's folder keeps: tuned values and their two moments (`last`), the values again as they were at their best (`best`,
 * where evaluations say when), and once more as they are taken elsewhere (`adapter`).
 */
export function runDisk({ tunedNumbers, validationBatches, timetable }: RunWork): number {
  const copies = 3 + 1 + (validationBatches === undefined ? 0 : 1);
  return Math.round(4 * copies * tunedNumbers + stepBytes * timetable.totalSteps + recordBytes);
}
