import { checkConfig } from '../../config/check.ts';
import { diffConfigs } from '../../config/compare.ts';
import type { ResolvedConfig } from '../../config/resolve.ts';
import type { RunRecord } from '../../contract/run.ts';

/** The run's config, read back from its record; undefined when it is not one of this version. */
export const configOfRecord = ({ config }: Pick<RunRecord, 'config'>): ResolvedConfig | undefined =>
  checkConfig(JSON.stringify(config)).config;

/**
 * `peft-lab train reviews.peft.yaml --set training.seed=2`: the command that trains the same again, in the folder that
 * the config's paths start from.
 */
export function commandLine(record: RunRecord): string {
  const file = record.configPath ?? `${record.id}.peft.yaml`;
  const written = checkConfig(record.configText).config;
  const ran = configOfRecord(record);
  // Rates that follow from the model's size are no one's choice.
  const differing =
    written && ran ? diffConfigs([written, ran]).filter(({ key }) => !/\blearning_rate$/.test(key)) : [];
  const settings = differing.flatMap(({ key, values: [, value] }) =>
    key.startsWith('methods') ? [] : ['--set', `${key}=${typeof value === 'string' ? value : JSON.stringify(value)}`],
  );
  const methods = differing.some(({ key }) => key.startsWith('methods'))
    ? ['--methods', JSON.stringify(ran!.methods)]
    : [];
  return ['peft-lab', 'train', file, ...settings, ...methods].map(quoted).join(' ');
}

/** As both a POSIX shell and PowerShell read it. */
const quoted = (word: string): string =>
  /^[\w@%+=:,./\\-]+$/.test(word) ? word : `'${word.replaceAll("'", process.platform === 'win32' ? "''" : "'\\''")}'`;
