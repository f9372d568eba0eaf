import { nearest } from '../methods/nearest.ts';
import type { ConfigPath, Fix } from './diagnostic.ts';
import type { Environment } from './environment.ts';
import { type Finding, replaceValue } from './report.ts';
import type { ResolvedConfig, ResolvedSplit } from './resolve.ts';
import type { ConfigInput } from './schema.ts';
import { showValue } from './showValue.ts';
import { valueAt } from './valueAt.ts';

const splitNames = ['train', 'validation', 'test'] as const;
const columnKeys = ['text', 'text_pair', 'tokens', 'label'] as const;

/** What the data files say against the config: files, columns and labels that are not there. */
export async function dataFindings(
  input: ConfigInput,
  config: ResolvedConfig,
  environment: Environment,
): Promise<readonly Finding[]> {
  const perSplit = await Promise.all(
    splitNames.map(async (name): Promise<readonly Finding[]> => {
      const split = config.data[name];
      if (split === null) return [];
      const bare = typeof input.data[name] === 'string';
      const missing = await missingFile(split.file, ['data', name, ...(bare ? [] : ['file'])], environment);
      return missing ?? (await columnFindings(input, name, split, environment));
    }),
  );
  const findings = perSplit.flat();
  return findings.length > 0 ? findings : labelFindings(config, environment);
}

/** Which data files of a half-written config are not there; only what is written as a path is looked for. */
export async function missingFiles(value: unknown, environment: Environment): Promise<readonly Finding[]> {
  const perSplit = await Promise.all(
    splitNames.map(async (name) => {
      const paths = [
        ['data', name],
        ['data', name, 'file'],
      ];
      const path = paths.find((candidate) => typeof valueAt(value, candidate) === 'string');
      const file = path && valueAt(value, path);
      return path === undefined || file === '' ? [] : ((await missingFile(file as string, path, environment)) ?? []);
    }),
  );
  return perSplit.flat();
}

async function missingFile(
  file: string,
  path: ConfigPath,
  environment: Environment,
): Promise<readonly Finding[] | undefined> {
  const cut = Math.max(file.lastIndexOf('/'), file.lastIndexOf('\\')) + 1;
  const folder = file.slice(0, cut);
  const name = file.slice(cut);
  const entries = await environment.listFolder(folder === '' ? '.' : folder);
  const error = (code: string, message: string, meant?: string): readonly Finding[] => [
    {
      severity: 'error',
      code,
      path,
      message,
      fixes: (place) =>
        meant === undefined ? [] : [replaceValue(place, folder + meant, `Change to ${folder + meant}`)],
    },
  ];
  if (entries === undefined) {
    return error('missing-file', `must be a file, got ${showValue(file)}; there is no folder ${folder}`);
  }
  const entry = entries.find((candidate) => candidate.name === name);
  if (entry?.kind === 'file') return undefined;
  if (entry?.kind === 'folder') return error('missing-file', `must be a file, got the folder ${showValue(file)}`);
  const files = entries.filter(({ kind }) => kind === 'file').map((candidate) => candidate.name);
  const meant = nearest(name, files);
  const shown = files.slice(0, 8).join(', ') + (files.length > 8 ? ', …' : '');
  const cure =
    meant !== undefined
      ? `did you mean ${meant}?`
      : files.length === 0
        ? 'its folder has no files'
        : `its folder has ${shown}`;
  return error('missing-file', `must be a file, got ${showValue(file)}; ${cure}`, meant);
}

async function columnFindings(
  input: ConfigInput,
  name: (typeof splitNames)[number],
  split: ResolvedSplit,
  environment: Environment,
): Promise<readonly Finding[]> {
  // These two have no columns of their own to name.
  if (split.format === 'text' || split.format === 'conll') return [];
  const columns = await environment.columns(split);
  if (columns === undefined) return [];
  const wanted = columnKeys.flatMap((key) => (split[key] === null ? [] : [{ key, column: split[key] }]));
  const used = new Set(wanted.map(({ column }) => column));
  const free = columns.filter((column) => !used.has(column));
  return wanted.flatMap(({ key, column }) => {
    if (columns.includes(column)) return [];
    const meant = nearest(column, free);
    const cure =
      meant === undefined ? `it has ${columns.join(', ')}` : `did you mean ${meant}? It has ${columns.join(', ')}`;
    const own = input.data[name];
    const bare = typeof own === 'string';
    const shared = input.data[key] != null && (bare || own?.[key] == null);
    const path = shared ? ['data', key] : ['data', name, key];
    const candidates = meant === undefined ? free.slice(0, 4) : [meant];
    const fixes = (place: Parameters<typeof replaceValue>[0]): readonly Fix[] =>
      candidates.map((candidate) => {
        const text = quoteIfNeeded(candidate);
        return bare && !shared
          ? replaceValue(
              place,
              `{file: ${quoteIfNeeded(own)}, ${key}: ${text}}`,
              `Read ${key} from the column ${candidate}`,
            )
          : replaceValue(place, text, `Change to ${candidate}`);
      });
    const message = `must be a column of ${split.file}, got ${showValue(column)}; ${cure}`;
    return [
      {
        severity: 'error',
        code: 'missing-column',
        path,
        message,
        fixes,
        ...(bare && !shared && { fixPath: ['data', name] }),
      },
    ];
  });
}

const quoteIfNeeded = (text: string): string =>
  /^[A-Za-z_./][\w ./-]*$/.test(text) ? text : `'${text.replaceAll("'", "''")}'`;

/** From so many on, numbers as labels are more likely measurements than classes. */
const manyClasses = 100;

const number = /^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i;

async function labelFindings(config: ResolvedConfig, environment: Environment): Promise<readonly Finding[]> {
  const { task, data } = config;
  if (task === 'masked-lm') return [];
  const facts = (split: ResolvedSplit | null) => (split === null ? undefined : environment.labels(split));
  const [train, validation] = await Promise.all([facts(data.train), facts(data.validation)]);
  if (train === undefined) return [];
  const path = ['data', 'train', 'label'];
  const labels = train.distinct;
  if (task === 'regression') {
    const word = labels.find((label) => !number.test(label.trim()));
    if (word === undefined) return [];
    const message = `must be numbers for regression, got ${showValue(word)} in ${data.train.file}; use task: classification`;
    return [
      {
        severity: 'error',
        code: 'labels-not-numbers',
        path,
        message,
        fixPath: ['task'],
        fixes: (place) => [replaceValue(place, 'classification', 'Change the task to classification')],
      },
    ];
  }
  if (train.complete && labels.length < 2) {
    const got = labels.length === 0 ? 'none' : `only ${showValue(labels[0])}`;
    const message = `must have at least 2 classes, got ${got} in ${data.train.file}; name the column with the labels`;
    return [{ severity: 'error', code: 'too-few-classes', path, message }];
  }
  if (task === 'classification' && labels.length >= manyClasses && labels.every((label) => number.test(label.trim()))) {
    const message = `${labels.length} or more different numbers in ${data.train.file} are hardly classes; use task: regression`;
    return [
      {
        severity: 'warning',
        code: 'numbers-as-classes',
        path,
        message,
        fixPath: ['task'],
        fixes: (place) => [replaceValue(place, 'regression', 'Change the task to regression')],
      },
    ];
  }
  const unknown = train.complete ? validation?.distinct.filter((label) => !labels.includes(label)) : undefined;
  if (unknown === undefined || unknown.length === 0) return [];
  const message =
    `${data.validation?.file} has labels that ${data.train.file} has not (${unknown.slice(0, 5).join(', ')}); ` +
    'add rows with them to the training data, or set data.on_bad_row: skip';
  const severity = data.on_bad_row === 'skip' ? 'warning' : 'error';
  return [{ severity, code: 'unknown-labels', path: ['data', 'validation', 'label'], message }];
}
