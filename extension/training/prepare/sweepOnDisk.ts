import { dirname, resolve } from 'node:path';
import type { Problem } from '../../contract/problem.ts';
import type { SweepRecord } from '../../contract/sweep.ts';
import { cutRows } from '../../data/batches/reportCutRows.ts';
import { Surveys } from '../../data/rows/surveys.ts';
import { worldOf } from '../../data/world.ts';
import { checkSweepText } from '../../experiments/editor/checkSweepText.ts';
import { checkSweepAgainstWorld } from '../../experiments/editor/checkSweepWorld.ts';
import type { Sweep } from '../../experiments/file/sweep.ts';
import type { SweepPlan } from '../../experiments/plan/planSweep.ts';
import { readGuarded, sizeLimits } from '../../files/guardedFile.ts';
import { readText, whyUnread } from '../../files/readText.ts';
import { problemOf } from './checkedConfig.ts';

/** What a sweep is planned from: texts alone. */
export type SweepTexts = Pick<SweepRecord, 'path' | 'text' | 'experiments'>;

/** A sweep file that was read and checked, with every config that it makes. */
interface SweepOnDisk {
  readonly problems: readonly Problem[];
  /** What the sweep says; absent when its own text is wrong. */
  readonly sweep?: Sweep;
  /** Its runs; absent when anything is wrong. */
  readonly plan?: SweepPlan;
  /** What was read, for a record of it; absent when anything is wrong. */
  readonly texts?: SweepTexts;
}

/**
 * Checks a sweep file and all of its variants, against their data and models too; nothing is started. Never throws for what
 * the files say: what is wrong with them comes back as problems.
 * @param text of the file, where that is not yet written
 * @param defaults `key=value` for keys that a config leaves open
 */
export async function checkSweep(path: string, text?: string, defaults: readonly string[] = []): Promise<SweepOnDisk> {
  const unread = (message: string): SweepOnDisk => ({
    problems: [{ file: path, line: 1, column: 1, severity: 'error', message }],
  });
  if (/\.peft\.ya?ml$/i.test(path)) {
    const commands =
      '`peft-lab check FILE`, compare methods on it with `peft-lab sweep FILE --methods ln-tuning,bitfit`';
    return unread(`must be a sweep (*.sweep.yaml), got a config by its name; check it with ${commands}`);
  }
  let bytes: Buffer;
  try {
    bytes = text === undefined ? await readGuarded(path, sizeLimits.config) : Buffer.from(text);
  } catch (error) {
    return unread(`the sweep ${whyUnread(error)}; name a *.sweep.yaml file`);
  }
  const folder = dirname(path);
  const surveys = new Surveys();
  const checked = checkSweepText(bytes);
  const { diagnostics, plan, experiments } = await checkSweepAgainstWorld(checked, folder, {
    files: {
      read: (file) => readText(resolve(folder, file), sizeLimits.config),
      listFolder: worldOf(folder).listFolder,
    },
    environment: async (of) => ({
      ...worldOf(of, Number.POSITIVE_INFINITY, surveys),
      cutRows: (config) => cutRows(config, of, surveys),
    }),
    defaults,
  });
  const problems = [...checked.diagnostics, ...diagnostics]
    .sort((a, b) => a.range.start.offset - b.range.start.offset)
    .map((diagnostic) => problemOf(path, diagnostic));
  const texts = experiments && { path: resolve(path), text: bytes.toString('utf8'), experiments: [...experiments] };
  return { problems, ...(checked.sweep && { sweep: checked.sweep }), ...(plan && texts && { plan, texts }) };
}
