import { changeTo, type Finding, valueAt } from '../../problems/finding.ts';
import { nearest } from '../../problems/nearest.ts';
import { showValue } from '../../problems/showValue.ts';
import { findTask, readsWords, tasks } from '../../tasks/registry.ts';
import { type ColumnKey, columnKeys, type Task, type TaskOption } from '../../tasks/task.ts';
import { possibleMetrics } from '../../tasks/taskMetrics.ts';
import { hubUrlForms, isHubUrl, parseHubUrl, whereHubUrlsAre } from '../resolved/hubUrl.ts';
import { splitFormat, writtenFile } from '../resolved/resolve.ts';
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

/** Rules about several keys at once. */
export function crossFindings(input: ConfigInput): readonly Finding[] {
  const { data, training } = input;
  const task = findTask(input.task);
  const findings: Finding[] = [];
  const add = (
    severity: Finding['severity'],
    code: string,
    path: Finding['path'],
    message: string,
    more: Partial<Finding> = {},
  ) => findings.push({ severity, code, path, message, ...more });

  const unused = (key: string, why: string) => {
    const path = key.split('.');
    const value = valueAt(input, path);
    if (value != null && value !== infoAt(path)?.default)
      add('warning', 'unused-key', path, `has no effect: ${why}; remove it`, { at: 'key' });
  };

  if (training.epochs !== null && training.max_steps !== null) {
    add(
      'error',
      'epochs-and-steps',
      ['training', 'max_steps'],
      'only one of epochs and max_steps may be set, got both; remove one',
      { at: 'key' },
    );
  }
  const validates = data.validation != null || data.validation_split !== null;
  if (data.validation != null && data.validation_split !== null) {
    add(
      'error',
      'validation-twice',
      ['data', 'validation_split'],
      'only one of validation and validation_split may be set, got both; remove one',
      { at: 'key' },
    );
  }
  if (!validates && training.early_stopping !== null) {
    add(
      'error',
      'early-stopping-unwatched',
      ['training', 'early_stopping'],
      'needs validation rows to watch; set data.validation or data.validation_split',
      { at: 'key' },
    );
  } else if (!validates) {
    add(
      'information',
      'no-validation',
      ['data'],
      'no rows to evaluate on during training; set validation, or validation_split: 0.1',
      { at: 'key', cures: [setAside] },
    );
  }

  if (input.executor === 'torch' && input.device === 'webgpu') {
    add(
      'error',
      'torch-device',
      ['device'],
      'must be auto, cpu or cuda with executor: torch, got webgpu; set executor: onnx for WebGPU',
    );
  }

  if (input.backbone === 'int8' && (input.executor === 'torch' || !['auto', 'cpu'].includes(input.device))) {
    const where = input.executor === 'torch' ? 'executor: torch' : `device: ${input.device}`;
    add(
      'error',
      'int8-engine',
      ['backbone'],
      `must be fp32 or auto with ${where}, got int8; set executor: onnx and device: cpu for int8`,
    );
  }

  if (input.executor === 'onnx') {
    for (const [key, usual] of Object.entries(torchOptions)) {
      const value = input[key as keyof typeof torchOptions];
      if (value === usual) continue;
      add(
        'error',
        'onnx-option',
        [key],
        `must be ${showValue(usual)} with executor: onnx, got ${showValue(value)}; set executor: torch`,
      );
    }
  }

  const metric = training.early_stopping?.metric ?? null;
  // Which of these there are, the labels tell.
  const metrics: readonly string[] = ['loss', ...possibleMetrics(task)];
  if (metric !== null && !metrics.includes(metric)) {
    const meant = nearest(metric, metrics);
    const question = meant === undefined ? '' : `; did you mean ${meant}?`;
    add(
      'error',
      'unknown-metric',
      ['training', 'early_stopping', 'metric'],
      `must be one of ${metrics.join(', ')} for ${task.name}, got ${showValue(metric)}${question}`,
      { cures: meant === undefined ? [] : [changeTo(meant)] },
    );
  }

  for (const name of ['train', 'validation', 'test'] as const) {
    const split = data[name];
    if (split == null) continue;
    const own = typeof split === 'string' ? { file: split } : split;
    const file = writtenFile(name, own);
    if (file === undefined) {
      add(
        'error',
        'no-file',
        ['data', name],
        'file is missing; it must be a path, or hub a data set of the Hugging Face hub',
      );
      continue;
    }
    if ('hub' in own && own.hub !== undefined && own.file !== undefined) {
      add('error', 'two-sources', ['data', name, 'hub'], 'must stand without file; keep one of them');
      continue;
    }
    for (const key of ['config', 'split', 'revision'] as const) {
      if (own.hub === undefined && own[key] !== undefined)
        unused(`data.${name}.${key}`, 'it says which rows of `hub` are read, and `file` names its own');
    }
    const path = ['data', name, ...(typeof split === 'string' ? [] : [own.file === undefined ? 'hub' : 'file'])];
    if (isHubUrl(file) && parseHubUrl(file) === undefined) {
      add('error', 'bad-hub-url', path, `must be ${hubUrlForms}, got ${showValue(file)}; ${whereHubUrlsAre}`);
      continue;
    }
    const format = splitFormat(data.format, own.format, file);
    if (format === undefined) {
      add(
        'error',
        'unknown-format',
        path,
        `the ending must name the format (.tsv, .csv, .jsonl, .json, .parquet, .conll, .txt), got ${JSON.stringify(file)}; set data.format`,
      );
    } else if (format === 'text' && task.columns.label !== undefined) {
      add(
        'error',
        'text-without-labels',
        path,
        `plain text has no labels, which ${task.name} needs; if the file has columns, set data.format: ${readsWords(task) ? 'conll' : 'tsv or csv'}; else use task: ${learnsFromText.name}`,
      );
    } else if (format === 'conll' && task.columns.label !== undefined && !readsWords(task)) {
      add(
        'error',
        'conll-for-sequences',
        path,
        `CoNLL labels tokens, got task: ${task.name}; use task: ${labelsWords.name}`,
        {
          cures: [{ do: 'set', at: ['task'], text: labelsWords.name, title: `Change task to ${labelsWords.name}` }],
        },
      );
    }
  }

  const { columns, options } = task;
  for (const key of columnKeys) {
    if (columns[key] === undefined) unused(`data.${key}`, columnReason(task, key));
  }
  for (const [key, reason] of Object.entries(optionReasons)) {
    if (!options.includes(key as TaskOption)) unused(key, reason(task));
  }
  if (!validates) unused('training.eval_steps', 'there are no validation rows');
  return findings;
}
