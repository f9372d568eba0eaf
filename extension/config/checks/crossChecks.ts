import { changeTo, type Finding, valueAt } from '../../problems/finding.ts';
import { nearest } from '../../problems/nearest.ts';
import { showValue } from '../../problems/showValue.ts';
import { findTask, readsWords, tasks } from '../../tasks/registry.ts';
import { type ColumnKey, columnKeys, type Task, type TaskOption } from '../../tasks/task.ts';
import { possibleMetrics } from '../../tasks/taskMetrics.ts';
import { hubUrlForms, isHubUrl, parseHubUrl, whereHubUrlsAre } from '../resolved/hubUrl.ts';
import { type SplitName, splitFormat, splitNames, writtenFile } from '../resolved/resolve.ts';
import type { DataFormat } from '../schema/dataSchema.ts';
import { infoAt } from '../schema/keyTable.ts';
import type { ConfigInput } from '../schema/schema.ts';

/** Adds `validation_split` to `data`. */
const setAside = {
  do: 'put',
  into: ['data'],
  key: 'validation_split',
  text: '0.1',
  title: 'Set a tenth of the rows aside',
} as const;

/** The task to take where there are no labels, and where they are those of words. */
const learnsFromText = tasks.find((task: Task) => task.labels === 'none')!;
const labelsWords = tasks.find(readsWords)!;

/** What only the torch executor takes another value of. */
export const torchOptions = { precision: 'fp32', compile: 'auto', num_processes: 1, torchrun: null } as const;

/** Why a task reads no such column. */
function columnReason(task: Task, key: ColumnKey): string {
  if (key === 'label') return `${task.name} learns from the text itself`;
  const needed = columnKeys.filter((one) => task.columns[one] === 'needed' && one !== 'label');
  return `${task.name} reads ${needed.map((one) => `\`${one}\``).join(' and ')}`;
}

/** Why an option has no effect on a task. */
const optionReasons: Readonly<Record<TaskOption, (task: Task) => string>> = {
  'data.chat_template': ({ name }) => `${name} has no conversations`,
  'data.long_texts': ({ name }) => `${name} reads each row as one`,
  'data.labels': ({ name }) => `${name} has no classes`,
  'training.mlm_probability': () =>
    `only ${tasks.filter(({ maskTokens }: Task) => maskTokens).map(({ name }) => name)} masks tokens`,
  train_pooler: ({ name }) => `${name} does not read the pooler`,
  'training.label_smoothing': ({ name }) => `${name} has no classes`,
};

/** A rule about several keys at once, and what breaks it. */
type Check = (input: ConfigInput, task: Task) => readonly Finding[];

const error = (code: string, path: Finding['path'], message: string, more: Partial<Finding> = {}): Finding => ({
  ...{ severity: 'error', code, path, message },
  ...more,
});

/** That a key is set, to something else than its default, and does nothing. */
function unused(input: ConfigInput, key: string, why: string): readonly Finding[] {
  const path = key.split('.');
  const value = valueAt(input, path);
  if (value == null || value === infoAt(path)?.default) return [];
  const message = `has no effect: ${why}; remove it`;
  return [{ severity: 'warning', code: 'unused-key', path, message, at: 'key' }];
}

const validates = ({ data }: ConfigInput): boolean => data.validation != null || data.validation_split !== null;

const oneLength: Check = ({ training: { epochs, max_steps } }) => {
  if (epochs === null || max_steps === null) return [];
  const message = 'only one of epochs and max_steps may be set, got both; remove one';
  return [error('epochs-and-steps', ['training', 'max_steps'], message, { at: 'key' })];
};

const oneValidation: Check = ({ data: { validation, validation_split } }) => {
  if (validation == null || validation_split === null) return [];
  const message = 'only one of validation and validation_split may be set, got both; remove one';
  return [error('validation-twice', ['data', 'validation_split'], message, { at: 'key' })];
};

const rowsToWatch: Check = (input) => {
  if (validates(input)) return [];
  if (input.training.early_stopping !== null) {
    const message = 'needs validation rows to watch; set data.validation or data.validation_split';
    return [error('early-stopping-unwatched', ['training', 'early_stopping'], message, { at: 'key' })];
  }
  const message = 'no rows to evaluate on during training; set validation, or validation_split: 0.1';
  const cures = [setAside];
  return [{ severity: 'information', code: 'no-validation', path: ['data'], message, at: 'key', cures }];
};

const torchDevice: Check = ({ executor, device }) => {
  if (executor !== 'torch' || device !== 'webgpu') return [];
  const message = 'must be auto, cpu or cuda with executor: torch, got webgpu; set executor: onnx for WebGPU';
  return [error('torch-device', ['device'], message)];
};

const int8Engine: Check = ({ backbone, executor, device }) => {
  if (backbone !== 'int8' || (executor !== 'torch' && ['auto', 'cpu'].includes(device))) return [];
  const where = executor === 'torch' ? 'executor: torch' : `device: ${device}`;
  const message = `must be fp32 or auto with ${where}, got int8; set executor: onnx and device: cpu for int8`;
  return [error('int8-engine', ['backbone'], message)];
};

const onlyOfTorch: Check = (input) =>
  Object.entries(torchOptions).flatMap(([key, usual]) => {
    const value = input[key as keyof typeof torchOptions];
    if (input.executor !== 'onnx' || value === usual) return [];
    const message = `must be ${showValue(usual)} with executor: onnx, got ${showValue(value)}; set executor: torch`;
    return [error('onnx-option', [key], message)];
  });

const knownMetric: Check = ({ training: { early_stopping } }, task) => {
  const metric = early_stopping?.metric ?? null;
  // Which of these there are, the labels tell.
  const metrics: readonly string[] = ['loss', ...possibleMetrics(task)];
  if (metric === null || metrics.includes(metric)) return [];
  const meant = nearest(metric, metrics);
  const question = meant === undefined ? '' : `; did you mean ${meant}?`;
  const message = `must be one of ${metrics.join(', ')} for ${task.name}, got ${showValue(metric)}${question}`;
  const cures = meant === undefined ? [] : [changeTo(meant)];
  return [error('unknown-metric', ['training', 'early_stopping', 'metric'], message, { cures })];
};

/** Where the rows of a split are, in a form that its task reads. */
const splitsRead: Check = (input, task) =>
  splitNames.flatMap((name) => {
    const split = input.data[name];
    return split == null ? [] : splitFindings(input, task, name, split);
  });

function splitFindings(
  input: ConfigInput,
  task: Task,
  name: SplitName,
  split: ConfigInput['data']['train'],
): readonly Finding[] {
  const own = typeof split === 'string' ? { file: split } : split;
  const file = writtenFile(name, own);
  if (file === undefined) {
    const message = 'file is missing; it must be a path, or hub a data set of the Hugging Face hub';
    return [error('no-file', ['data', name], message)];
  }
  if ('hub' in own && own.hub !== undefined && own.file !== undefined)
    return [error('two-sources', ['data', name, 'hub'], 'must stand without file; keep one of them')];
  const ofHub = (['config', 'split', 'revision'] as const).flatMap((key) =>
    own.hub === undefined && own[key] !== undefined
      ? unused(input, `data.${name}.${key}`, 'it says which rows of `hub` are read, and `file` names its own')
      : [],
  );
  const path = ['data', name, ...(typeof split === 'string' ? [] : [own.file === undefined ? 'hub' : 'file'])];
  if (isHubUrl(file) && parseHubUrl(file) === undefined) {
    const message = `must be ${hubUrlForms}, got ${showValue(file)}; ${whereHubUrlsAre}`;
    return [...ofHub, error('bad-hub-url', path, message)];
  }
  return [...ofHub, ...formatFindings(splitFormat(input.data.format, own.format, file), task, path, file)];
}

function formatFindings(
  format: DataFormat | undefined,
  task: Task,
  path: Finding['path'],
  file: string,
): readonly Finding[] {
  if (format === undefined) {
    const message = `the ending must name the format (.tsv, .csv, .jsonl, .json, .parquet, .conll, .txt), got ${JSON.stringify(file)}; set data.format`;
    return [error('unknown-format', path, message)];
  }
  if (task.columns.label === undefined) return [];
  if (format === 'text') {
    const named = readsWords(task) ? 'conll' : 'tsv or csv';
    const message = `plain text has no labels, which ${task.name} needs; if the file has columns, set data.format: ${named}; else use task: ${learnsFromText.name}`;
    return [error('text-without-labels', path, message)];
  }
  if (format !== 'conll' || readsWords(task)) return [];
  const { name: text } = labelsWords;
  const message = `CoNLL labels tokens, got task: ${task.name}; use task: ${text}`;
  const cures = [{ do: 'set', at: ['task'], text, title: `Change task to ${text}` }] as const;
  return [error('conll-for-sequences', path, message, { cures })];
}

const columnsRead: Check = (input, task) =>
  columnKeys.flatMap((key) =>
    task.columns[key] === undefined ? unused(input, `data.${key}`, columnReason(task, key)) : [],
  );

const optionsRead: Check = (input, task) =>
  Object.entries(optionReasons).flatMap(([key, reason]) =>
    task.options.includes(key as TaskOption) ? [] : unused(input, key, reason(task)),
  );

const evaluationsMade: Check = (input) =>
  validates(input) ? [] : unused(input, 'training.eval_steps', 'there are no validation rows');

const checks: readonly Check[] = [
  ...[oneLength, oneValidation, rowsToWatch, torchDevice, int8Engine, onlyOfTorch, knownMetric],
  ...[splitsRead, columnsRead, optionsRead, evaluationsMade],
];

/** What breaks rules about several keys at once. */
export function crossFindings(input: ConfigInput): readonly Finding[] {
  const task = findTask(input.task);
  return checks.flatMap((check) => check(input, task));
}
