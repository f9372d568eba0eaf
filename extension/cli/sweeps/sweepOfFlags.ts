import { existsSync } from 'node:fs';
import path from 'node:path';
import { parse, stringify } from 'yaml';
import { readGuardedSync, sizeLimits } from '../../files/guardedFile.ts';
import { UserError } from '../../problems/userError.ts';
import { configStem } from '../../view/runNames.ts';
import { splitList } from '../cli.ts';
import { methodList } from '../variants.ts';

/** The short form of a sweep: options beside a config. */
export interface SweepFlags {
  readonly methods?: string;
  readonly tune?: readonly string[];
  readonly set?: readonly string[];
  readonly seeds?: string;
}

/**
 * The sweep file that is meant: the one given, or the one that options describe, beside the config that is given with them. Its
 * text is undefined where it is that of the file.
 * @throws UserError
 */
export function sweepOfFlags(given: string, flags: SweepFlags): { readonly file: string; readonly text?: string } {
  const { methods, tune = [], set = [], seeds } = flags;
  const isConfig = /\.peft\.ya?ml$/i.test(given);
  const said = Object.entries({ methods, tune: tune[0], set: set[0], seeds }).find(([, value]) => value !== undefined);
  if (!isConfig && said === undefined) return { file: given };
  if (!isConfig)
    throw new UserError(
      `--${said![0]}: must stand beside a *.peft.yaml config, got ${given}; change the file instead`,
      'usage',
    );
  if (methods === undefined)
    throw new UserError(
      `${given}: must be a *.sweep.yaml file, or stand beside the methods to compare; add --methods ln-tuning,bitfit`,
      'usage',
    );
  const text = stringify(
    {
      experiment: path.basename(given),
      methods: methodList(methods).map((entry) => oneOrUnion(writtenValue('--methods', entry))),
      ...(set.length > 0 && { grid: valuesByKey('--set', set) }),
      ...(tune.length > 0 && { tune: valuesByKey('--tune', tune) }),
      ...(seeds !== undefined && { seeds: seedsOf(seeds) }),
    },
    { lineWidth: 0 },
  );
  return { file: fileFor(given, text), text };
}

const oneOrUnion = (methods: unknown): unknown =>
  Array.isArray(methods) && methods.length === 1 ? methods[0] : methods;

/** `training.learning_rate=1e-3,3e-3`; a key that is given again takes further values. */
function valuesByKey(option: string, entries: readonly string[]): Readonly<Record<string, readonly unknown[]>> {
  const byKey = new Map<string, readonly unknown[]>();
  for (const entry of entries) {
    const [, written = '', values = ''] = /^([^=]+)=(.+)$/s.exec(entry) ?? [];
    if (written === '')
      throw new UserError(
        `${option}: must be a key with its values, got ${JSON.stringify(entry)}; for example ${option} training.learning_rate=1e-3,3e-3`,
        'usage',
      );
    const key = written.trim();
    const more = splitList(values).map((value) => writtenValue(option, value));
    byKey.set(key, [...(byKey.get(key) ?? []), ...more]);
  }
  return Object.fromEntries(byKey);
}

function writtenValue(option: string, text: string): unknown {
  try {
    return parse(text);
  } catch {
    throw new UserError(
      `${option}: must be written as in a config, got ${JSON.stringify(text)}; close what is opened`,
      'usage',
    );
  }
}

/** `5` is five seeds; `1-5` and `1,2,5` are those. */
function seedsOf(text: string): number | readonly number[] {
  const range = /^(\d{1,10})-(\d{1,10})$/.exec(text);
  if (range !== null) {
    const [first, last] = [Number(range[1]), Number(range[2])];
    if (last >= first && last - first < 1000) return Array.from({ length: last - first + 1 }, (_, i) => first + i);
  }
  const numbers = splitList(text);
  if (numbers.some((number) => !/^\d{1,10}$/.test(number)))
    throw new UserError(
      `--seeds: must be a number of seeds, a range or a list, got ${JSON.stringify(text)}; for example --seeds 5, --seeds 1-5, --seeds 1,2,5`,
      'usage',
    );
  return numbers.length === 1 ? Number(numbers[0]) : numbers.map(Number);
}

/** `reviews.peft.yaml` → `reviews.sweep.yaml`, or the first after it that says the same or is not there. */
function fileFor(config: string, text: string): string {
  const base = configStem(config);
  for (let number = 1; ; number++) {
    const file = `${base}${number === 1 ? '' : `-${number}`}.sweep.yaml`;
    if (!existsSync(file) || readGuardedSync(file, sizeLimits.config).toString('utf8') === text) return file;
  }
}
