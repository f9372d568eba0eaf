import { type Cure, changeTo, type Finding, type ValuePath, valueAt } from '../../problems/finding.ts';
import { firstFew } from '../../problems/firstFew.ts';
import { nearest } from '../../problems/nearest.ts';
import { shareText } from '../../problems/shareText.ts';
import { showValue } from '../../problems/showValue.ts';
import { findTask } from '../../tasks/registry.ts';
import { isHubUrl } from '../resolved/hubUrl.ts';
import { recogniseColumns } from '../resolved/recognisedColumns.ts';
import { type ConfigDraft, type ResolvedSplit, type SplitName, splitNames } from '../resolved/resolve.ts';
import type { ConfigInput } from '../schema/schema.ts';
import { yamlText } from '../text/plainText.ts';
import { columnFindings, quoteFindings } from './checkColumns.ts';
import { labelFindings } from './checkLabels.ts';
import { settingCures } from './dataSettings.ts';
import type { Environment, LabelFacts } from './environment.ts';
import { areWords } from './oddLabels.ts';

interface SplitReport {
  readonly facts: LabelFacts | undefined;
  readonly findings: readonly Finding[];
}

/** Checks a config against its data files: missing files and columns, rows at which training would stop, labels. */
export async function dataFindings(
  input: ConfigInput,
  config: ConfigDraft,
  environment: Environment,
): Promise<readonly Finding[]> {
  const { train, validation, test } = config.data;
  const report = async (name: SplitName, split: ResolvedSplit | null): Promise<SplitReport> =>
    split === null ? noReport : await splitReport(name, split, { input, config, environment });
  const [ofTrain, ofValidation, ofTest] = await Promise.all([
    report('train', train),
    report('validation', validation),
    report('test', test),
  ]);
  const findings = [ofTrain, ofValidation, ofTest].flatMap((one) => one.findings);
  if (ofTrain.findings.some(({ severity }) => severity === 'error')) return findings;
  const facts = { train: ofTrain.facts, validation: ofValidation.facts, test: ofTest.facts };
  return [...findings, ...labelFindings(config, facts)];
}

const noReport: SplitReport = { facts: undefined, findings: [] };

async function splitReport(
  name: SplitName,
  written: ResolvedSplit,
  { input, config, environment }: { input: ConfigInput; config: ConfigDraft; environment: Environment },
): Promise<SplitReport> {
  // What names no file is told where it is written.
  if (written.file === '') return noReport;
  const own = input.data[name];
  const bare = typeof own === 'string';
  const path = ['data', name, ...(bare ? [] : [typeof own === 'object' && own?.hub ? 'hub' : 'file'])];
  const missing = isHubUrl(written.file)
    ? await notHereYet(written.file, path, environment)
    : await missingFile(written.file, path, environment);
  if (missing) return { facts: undefined, findings: missing };
  const { task, data } = config;
  // The text alone showed that it has no labels.
  if (written.format === 'text' && findTask(task).columns.label !== undefined) return noReport;
  const looking = written.format === 'text' || written.format === 'conll' ? undefined : environment.columns(written);
  const isRecognised = findTask(task).columns.messages !== undefined;
  const { split, what } = isRecognised ? recogniseColumns(written, (await looking) ?? []) : { split: written };
  const [columns, facts] = await Promise.all([looking, environment.labels(split, { task, onBadRow: data.on_bad_row })]);
  const wrongColumns = columnFindings(input, name, split, columns, facts);
  const findings = wrongColumns.length > 0 ? wrongColumns : rowFindings(path, name, split, facts, task);
  const cures = settingCures(bare ? ['data'] : ['data', name], split, facts?.problem?.settings);
  const named = findings.map((finding) =>
    curedBySettings.has(finding.code) ? { ...finding, cures: [...(finding.cures ?? []), ...cures] } : finding,
  );
  if (wrongColumns.length > 0) return { facts: undefined, findings: named };
  const recognised: readonly Finding[] =
    what === undefined
      ? []
      : [{ severity: 'information', code: 'recognised-columns', path, message: `${split.file} is read as ${what}` }];
  return {
    facts,
    findings: [
      ...encodingFindings(name, split, facts),
      ...headerFindings(path, split, facts),
      ...quoteFindings(path, name, split, facts, own),
      ...pairFindings(path, name, split, columns, task),
      ...recognised,
      ...named,
    ],
  };
}

/** A file in UTF-8 that is read as something else: every letter beyond ASCII becomes two or three wrong ones. */
function encodingFindings(
  name: SplitName,
  { file, encoding }: ResolvedSplit,
  facts: LabelFacts | undefined,
): readonly Finding[] {
  if (facts?.isUtf8 !== true) return [];
  const message = `${file} is UTF-8, but is read as ${encoding}, which garbles letters beyond ASCII; leave encoding out`;
  return [{ severity: 'warning', code: 'utf8-misread', path: ['data', name, 'encoding'], message }];
}

/** A column that is called as the second text of a pair is, but that nothing reads: told once, of the rows that are learned from. */
function pairFindings(
  path: ValuePath,
  name: SplitName,
  { file, text_pair: read }: ResolvedSplit,
  columns: readonly string[] | undefined,
  task: ConfigDraft['task'],
): readonly Finding[] {
  const key = 'text_pair';
  if (name !== 'train' || read !== null || findTask(task).columns[key] !== 'asked') return [];
  if (!columns?.includes(key)) return [];
  const message = `${file} has a column ${key} that is not read; add \`${key}: ${key}\` for pairs of texts, or rename it`;
  const cures: readonly Cure[] = [{ do: 'put', into: ['data'], key, text: key, title: `Read pairs: ${key}: ${key}` }];
  return [{ severity: 'warning', code: 'unread-pair', path, message, cures }];
}

/** Rows that are headers: of files that were put one behind the other. */
function headerFindings(path: ValuePath, { file }: ResolvedSplit, facts: LabelFacts | undefined): readonly Finding[] {
  if (facts?.headers === undefined) return [];
  const { count, firstLine } = facts.headers;
  const more = count > 1 ? ` (the first of ${count} such rows)` : '';
  const message = `${file}:${firstLine}: row repeats the names of the columns${more}, and is read as data; remove it`;
  return [{ severity: 'warning', code: 'repeated-header', path, message }];
}

/** Code of the finding for a file of the hub that no run has brought yet. */
export const notDownloaded = 'not-downloaded';

const curedBySettings: ReadonlySet<string> = new Set(['unreadable-rows', 'missing-column']);

/** Rows at which training would stop, or that it would skip. */
function rowFindings(
  path: ValuePath,
  name: SplitName,
  { file, skip }: ResolvedSplit,
  facts: LabelFacts | undefined,
  task: ConfigDraft['task'],
): readonly Finding[] {
  if (facts === undefined) return [];
  const { problem, skipped, rows, complete, distinct } = facts;
  // Words alone in place of numbers are told with the cure for them.
  const isWord = name === 'train' && findTask(task).labels === 'numbers' && areWords(distinct);
  if (problem && !isWord) return [{ severity: 'error', code: 'unreadable-rows', path, message: problem.message }];
  if (skipped && skipped.count > 0 && !isWord) {
    const all = skipped.count + (rows ?? 0);
    const severity = rows === 0 ? 'error' : 'warning';
    const none = rows === 0 ? '; no row is left, correct the file' : '';
    const message = `${file}: ${skipped.count} of ${complete ? '' : 'the first '}${all} rows are bad and skipped (${shareText(skipped.count, all)}), first ${skipped.examples[0]}${none}`;
    return [{ severity, code: 'skipped-rows', path, message }];
  }
  if (rows !== 0 || !complete || isWord) return [];
  if (skip > 0) {
    const message = `must leave at least one row of ${file}, got ${skip}; set a lower number`;
    return [{ severity: 'error', code: 'no-rows', path: ['data', name, 'skip'], message }];
  }
  return [
    { severity: 'error', code: 'no-rows', path, message: `${file} must have at least one row, got none; add rows` },
  ];
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
      return path === undefined || file === '' || isHubUrl(file as string)
        ? []
        : ((await missingFile(file as string, path, environment)) ?? []);
    }),
  );
  return perSplit.flat();
}

/** A file of the hub that no run has downloaded: nothing to check against. */
async function notHereYet(
  file: string,
  path: ValuePath,
  environment: Environment,
): Promise<readonly Finding[] | undefined> {
  if (await environment.isInCache?.(file)) return undefined;
  const message = 'is not in the local cache yet; it is downloaded, and checked, when a run starts';
  return [{ severity: 'information', code: notDownloaded, path, message }];
}

async function missingFile(
  file: string,
  path: ValuePath,
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
      cures: meant === undefined ? [] : [changeTo(folder + meant, yamlText(folder + meant))],
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
  const cure =
    meant !== undefined
      ? `did you mean ${meant}?`
      : files.length === 0
        ? 'its folder has no files'
        : `its folder has ${firstFew(files, 8)}`;
  return error('missing-file', `must be a file, got ${showValue(file)}; ${cure}`, meant);
}
