import { parseConfig } from '../../config/text/parse.ts';
import type { SweepRecord } from '../../contract/sweep.ts';
import type { Finding } from '../../problems/finding.ts';
import { readSweep } from '../file/readSweep.ts';
import type { Sweep } from '../file/sweep.ts';
import { planSweep, type SweepPlan } from './planSweep.ts';

/** A sweep with its runs laid out. */
export interface PlannedTexts {
  readonly sweep: Sweep;
  readonly plan: SweepPlan;
}

/** Lays out the runs of a sweep's texts. @returns every error in words where there is one: `:3: …` or `: seeds: …` after the file's name */
export function sweepOfTexts({
  text,
  experiments,
}: Pick<SweepRecord, 'text' | 'experiments'>): PlannedTexts | { readonly errors: readonly string[] } {
  const { value, diagnostics } = parseConfig(text);
  const broken = diagnostics.find(({ severity }) => severity === 'error');
  if (broken !== undefined) return { errors: [`:${broken.range.start.line}: ${broken.message}`] };
  const read = readSweep(value);
  const planned = read.sweep && planSweep(read.sweep, experiments);
  if (read.sweep && planned?.plan) return { sweep: read.sweep, plan: planned.plan };
  const findings = [...read.findings, ...(planned?.findings ?? [])];
  return { errors: findings.filter(({ severity }) => severity === 'error').map(findingText) };
}

const findingText = ({ path, message }: Finding): string =>
  path.length === 0 ? `: ${message}` : `: ${path.join('.')}: ${message}`;
