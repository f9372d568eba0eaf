import { dirname, resolve } from 'node:path';
import { type CheckedConfig, checkConfig } from '../../config/checks/check.ts';
import { checkAgainstWorld } from '../../config/checks/checkWorld.ts';
import type { ConfigDraft, ResolvedConfig } from '../../config/resolved/resolve.ts';
import { type Diagnostic, diagnosticText } from '../../config/text/diagnostic.ts';
import type { Override, Problem } from '../../contract/problem.ts';
import { cutRows } from '../../data/batches/reportCutRows.ts';
import { Surveys } from '../../data/rows/surveys.ts';
import { worldOf } from '../../data/world.ts';
import { readGuarded, sizeLimits } from '../../files/guardedFile.ts';
import { whyUnread } from '../../files/readText.ts';

/** A config file that was read and checked, against the files and models around it too. */
export interface ConfigOnDisk {
  readonly path: string;
  readonly baseFolder: string;
  readonly text: string;
  readonly problems: readonly Problem[];
  /** `prefix + adapter`, or the preset's name. */
  readonly methodsLabel: string;
  readonly methods: CheckedConfig['methods']['methods'];
  /** Absent when there is an error. */
  readonly draft: ConfigDraft | undefined;
  /** Every default filled in; absent when there is an error, or the model is not here yet. */
  readonly config: ResolvedConfig | undefined;
}

/**
 * Reads and checks a config file completely; one that cannot be read is a problem like any other.
 * @param purpose counting needs neither weights nor tokenizer; training tells itself what it cuts
 * @param surveys what has been read of data files, and takes what is read now
 */
export async function readConfig(
  path: string,
  overrides: readonly Override[],
  purpose: 'checking' | 'training' | 'counting' = 'training',
  surveys = new Surveys(),
): Promise<ConfigOnDisk> {
  const baseFolder = dirname(resolve(path));
  const unread = (message: string): ConfigOnDisk => {
    const problems = [{ file: path, line: 1, column: 1, severity: 'error', message } as const];
    return { path, baseFolder, text: '', problems, methodsLabel: '', methods: [], draft: undefined, config: undefined };
  };
  if (/\.sweep\.ya?ml$/i.test(path)) {
    const commands = '`peft-lab sweep check FILE`, start it with `peft-lab sweep start FILE`';
    return unread(`must be a config (*.peft.yaml), got a sweep by its name; check it with ${commands}`);
  }
  let bytes: Buffer;
  try {
    bytes = await readGuarded(path, sizeLimits.config);
  } catch (error) {
    return unread(`the config ${whyUnread(error)}; name a *.peft.yaml file`);
  }
  const checked = checkConfig(bytes, overrides);
  const whole = worldOf(baseFolder, Number.POSITIVE_INFINITY, surveys);
  const { training: _, ...sizes } = whole;
  const seen = {
    counting: sizes,
    training: whole,
    checking: { ...whole, cutRows: (config: ResolvedConfig) => cutRows(config, baseFolder, surveys) },
  };
  const world = await checkAgainstWorld(checked, seen[purpose]);
  const problems = [...checked.diagnostics, ...world.diagnostics]
    .sort((a, b) => a.range.start.offset - b.range.start.offset)
    .map((diagnostic) => problemOf(path, diagnostic));
  const { label, methods } = checked.methods;
  const text = bytes.toString('utf8');
  const isFine = !problems.some(({ severity }) => severity === 'error');
  const draft = isFine ? checked.config : undefined;
  return { path, baseFolder, text, problems, methodsLabel: label, methods, draft, config: world.config };
}

/** A diagnostic as the command line tells it. */
export function problemOf(file: string, diagnostic: Diagnostic): Problem {
  const { line, column } = diagnostic.range.start;
  const message = diagnosticText(diagnostic);
  return {
    file,
    line,
    column,
    severity: diagnostic.severity,
    message: diagnostic.override === undefined ? message : `${message} (set by ${diagnostic.override})`,
  };
}
