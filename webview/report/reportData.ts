import * as z from 'zod';
import { type FlipsAnswer, type HostMessage, hostMessage, type RunSnapshot } from '../../extension/contract/panel.ts';
import { type ProgressPoints, progressColumnNames } from '../../extension/contract/series.ts';
import type { SweepView } from '../../extension/contract/sweepView.ts';
import { largestTriangles } from '../curves/decimate.ts';
import { type Choices, choices as choicesSchema } from '../state/choices.ts';
import { flipsWithoutPlaces, sweepsWithoutPlaces, withoutPlaces } from './withoutPlaces.ts';

/** A saved page: its runs, what was chosen on it, and when. */
export interface Report {
  readonly message: Extract<HostMessage, { type: 'snapshot' }>;
  readonly title: string;
  readonly savedAtMs: number;
  readonly choices: Choices;
}

/** A report holds this many points a curve: more than a screen shows, few enough to send by mail. */
const mostReportPoints = 4000;

export const reportElementId = 'report-data';

function encoded(column: Float64Array): string {
  const bytes = new Uint8Array(column.buffer, column.byteOffset, column.byteLength);
  let text = '';
  // In pieces, because a call takes only so many arguments.
  for (let at = 0; at < bytes.length; at += 0x8000) text += String.fromCharCode(...bytes.subarray(at, at + 0x8000));
  return btoa(text);
}

function decoded(text: string): Float64Array {
  const bytes = Uint8Array.from(atob(text), (character) => character.charCodeAt(0));
  return new Float64Array(bytes.buffer);
}

function thinned(run: RunSnapshot): RunSnapshot {
  const { progress, metrics } = run.series;
  const taken = largestTriangles(progress.step, progress.loss, 0, progress.step.length, mostReportPoints);
  const columns = progressColumnNames.map((name) => [
    name,
    Float64Array.from(taken, (index) => progress[name][index]!),
  ]);
  return {
    ...run,
    series: {
      ...run.series,
      progress: Object.fromEntries(columns) as ProgressPoints,
      metrics: metrics.map(({ name, step, value }) => {
        const kept = largestTriangles(step, value, 0, step.length, mostReportPoints);
        return {
          name,
          step: Float64Array.from(kept, (index) => step[index]!),
          value: Float64Array.from(kept, (index) => value[index]!),
        };
      }),
    },
  };
}

/** JSON that is inert inside a `script` element: columns as base64 of little-endian float64, no `<` anywhere. */
export function reportJson({
  runs,
  sweeps,
  flips,
  ...about
}: Omit<Report, 'message'> & {
  readonly runs: readonly RunSnapshot[];
  readonly sweeps: readonly SweepView[];
  readonly flips: readonly FlipsAnswer[];
}): string {
  const message = {
    type: 'snapshot',
    runs: withoutPlaces(runs).map(thinned),
    foreign: [],
    sweeps: sweepsWithoutPlaces(sweeps),
    flips: flipsWithoutPlaces(flips),
  };
  const text = JSON.stringify({ message, ...about }, (_, value: unknown) => {
    if (value instanceof Float64Array) return { float64: encoded(value) };
    return typeof value === 'number' && !Number.isFinite(value) ? String(value) : value;
  });
  return text.replaceAll('<', '\\u003c').replaceAll('\u2028', '\\u2028').replaceAll('\u2029', '\\u2029');
}

const encodedColumn = z.strictObject({ float64: z.string() });
const envelope = z.object({ message: z.unknown(), title: z.string(), savedAtMs: z.number(), choices: choicesSchema });

/** The data in a report's page, or null where the page is no report. */
export function readReport(page: Document): Report | null {
  const text = page.getElementById(reportElementId)?.textContent;
  if (!text) return null;
  const data: unknown = JSON.parse(text, (_, value: unknown) => {
    const column = encodedColumn.safeParse(value);
    return column.success ? decoded(column.data.float64) : value;
  });
  const { message: told, ...about } = envelope.parse(data);
  const message = hostMessage.parse(told);
  if (message.type !== 'snapshot')
    throw new Error(`report: a snapshot is expected, got ${message.type}; write the report again`);
  return { message, ...about };
}
