import path from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import type { SweepRecord } from '../../contract/sweep.ts';
import { codeVersion } from '../../contract/version.ts';
import { planChange, planIdentity } from '../../experiments/plan/planIdentity.ts';
import { type PlannedTexts, sweepOfTexts } from '../../experiments/plan/sweepOfTexts.ts';
import { readGuardedSync, sizeLimits } from '../../files/guardedFile.ts';
import { isSamePlace } from '../../files/samePlace.ts';
import { UserError } from '../../problems/userError.ts';
import type { RunStore } from '../../runs/folder/store.ts';
import type { SweepTexts } from '../../training/prepare/sweepOnDisk.ts';
import { commandIn } from '../cli.ts';

/** Lays out a sweep's runs. @throws UserError naming everything that is wrong with it */
export function openSweep({ path: file, text, experiments }: SweepTexts): PlannedTexts {
  const shown = path.relative('.', file) || file;
  const planned = sweepOfTexts({ text, experiments });
  if ('errors' in planned) throw new UserError(planned.errors.map((error) => `${shown}${error}`).join('\n'), 'usage');
  return planned;
}

/** A new record of these texts. */
export const sweepContent = (
  texts: SweepTexts,
  { sweep, plan }: PlannedTexts,
): Omit<SweepRecord, 'version' | 'id' | 'createdAt'> => ({ ...texts, codeVersion, plan: planIdentity(sweep, plan) });

type RecordedSweep = PlannedTexts & { readonly record: SweepRecord; readonly store: Pick<RunStore, 'folder'> };

/** How to start a sweep's file once more, beside its other runs. */
export const startIn = ({ record, store }: Pick<RecordedSweep, 'record' | 'store'>, more = ''): string =>
  commandIn(store.folder, `sweep start ${record.path}${more}`);

/** @throws UserError when the numbers of its runs would mean other runs than when it started */
export function demandSamePlan(stored: RecordedSweep): void {
  const { record, sweep, plan } = stored;
  if (planChange(record, planIdentity(sweep, plan)) !== 'layout') return;
  throw new UserError(
    `sweep ${record.id}: must have the runs that version ${record.codeVersion} planned, got others from version ${codeVersion}; go on with that version, or start it anew: ${startIn(stored, ' --new')}`,
    'usage',
  );
}

/** What is to be said of a sweep that another version started; empty where both lay it out the same. */
export function planWarning({ record, sweep, plan }: RecordedSweep): string {
  const change = planChange(record, planIdentity(sweep, plan));
  if (change === undefined) return '';
  const by = `than version ${record.codeVersion}, which started it`;
  return change === 'layout'
    ? `sweep ${record.id}: version ${codeVersion} plans other runs ${by}; look at it with that version\n`
    : `sweep ${record.id}: version ${codeVersion} has other defaults ${by}: runs of both may not be comparable\n`;
}

/** That a sweep which is resumed goes on where it was first started, though its file names another place or other limits now. */
export function placeWarning(stored: RecordedSweep): string {
  const { record, sweep } = stored;
  const { id, path: file, experiments } = record;
  const text = writtenNow(file);
  if (text === undefined || !isOfTexts(record, { path: file, text, experiments })) return '';
  const now = sweepOfTexts({ text, experiments });
  if ('errors' in now || placeOf(now.sweep) === placeOf(sweep)) return '';
  return `sweep ${id}: goes on with the \`where\` and \`limit\` that it was first started with; for those of its file now: ${startIn(stored)}\n`;
}

const placeOf = ({ where, limit }: PlannedTexts['sweep']): string => JSON.stringify([where, limit]);

function writtenNow(file: string): string | undefined {
  try {
    return readGuardedSync(file, sizeLimits.config).toString('utf8');
  } catch {
    return undefined;
  }
}

/** That a sweep which is started once more keeps the settings of its first start, though there are others now; empty where there are none. */
export function settingsWarning(stored: RecordedSweep, now: SweepTexts): string {
  const { id, experiments } = stored.record;
  const [kept, given] = [experiments, now.experiments].map((all) => all.map(({ defaults = [] }) => defaults));
  if (isDeepStrictEqual(kept, given)) return '';
  const words = [...new Set(kept!.flat())].join(', ') || 'none';
  return `sweep ${id}: goes on with the settings that it was first started with (${words}); with those of now: ${startIn(stored, ' --new')}\n`;
}

/**
 * Whether a sweep was started from these texts: where it runs, what it may cost, and what the settings choose, may have changed
 * meanwhile.
 */
export const isOfTexts = (record: SweepRecord, { path: file, text, experiments }: SweepTexts): boolean =>
  isSamePlace(record.path, file) &&
  isDeepStrictEqual(textsOf(record.experiments), textsOf(experiments)) &&
  (record.text === text || runsIn(record) === runsIn({ text, experiments }));

const textsOf = (experiments: SweepTexts['experiments']): unknown => experiments.map(({ file, text }) => [file, text]);

/** What a sweep's text says of its runs. */
function runsIn(texts: Pick<SweepTexts, 'text' | 'experiments'>): string {
  const planned = sweepOfTexts(texts);
  return 'errors' in planned ? texts.text : JSON.stringify({ ...planned.sweep, where: undefined, limit: undefined });
}

/**
 * A sweep's runs are prepared from its configs on disk: they must be what they were when it started.
 * @throws UserError naming the one that changed
 */
export function demandSameConfigs({ path: file, experiments }: SweepRecord): void {
  for (const { file: name, text } of experiments) {
    const config = path.resolve(path.dirname(file), name);
    if (readText(config) === text) continue;
    throw new UserError(
      `${config}: must be as it was when the sweep started, got another text; undo the change, or start a new sweep with it`,
      'usage',
    );
  }
}

function readText(file: string): string {
  try {
    return readGuardedSync(file, sizeLimits.config).toString('utf8');
  } catch (error) {
    throw new UserError(
      `${file}: must be a config that can be read, got ${(error as Error).message}; put back what the sweep was started with, or start it anew where its configs are`,
      'usage',
    );
  }
}
