import { checkRecord } from '../../config/checks/checkRecord.ts';
import type { ModelFacts } from '../../config/checks/environment.ts';
import { setElsewhere } from '../../config/editor/setElsewhere.ts';
import type { RunRecord } from '../../contract/run.ts';

/**
 * `peft-lab train reviews.peft.yaml --set training.seed=2`: the command that trains the same again, in the folder that
 * the config's paths start from.
 * @param model of the run, as this machine knows it
 */
export function commandLine(record: RunRecord, model?: ModelFacts): string {
  const file = record.configPath ?? `${record.id}.peft.yaml`;
  const differing = setElsewhere(record, model);
  const settings = differing.flatMap(({ key, values: [, value] }) =>
    key.startsWith('methods') ? [] : ['--set', `${key}=${typeof value === 'string' ? value : JSON.stringify(value)}`],
  );
  const methods = differing.some(({ key }) => key.startsWith('methods'))
    ? ['--methods', JSON.stringify(checkRecord(record).config!.methods)]
    : [];
  return ['peft-lab', 'train', file, ...settings, ...methods].map(quoted).join(' ');
}

/** As both a POSIX shell and PowerShell read it. */
const quoted = (word: string): string =>
  /^[\w@%+=:,./\\-]+$/.test(word) ? word : `'${word.replaceAll("'", process.platform === 'win32' ? "''" : "'\\''")}'`;
