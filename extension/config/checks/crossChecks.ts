import { nearest } from '../../methods/declaration/nearest.ts';
import { findTask } from '../../tasks/registry.ts';
import { possibleMetrics } from '../../tasks/taskMetrics.ts';
import { splitFormat } from '../resolved/resolve.ts';
import { keyAt } from '../schema/keyTable.ts';
import type { ConfigInput } from '../schema/schema.ts';
import { valueAt } from '../text/valueAt.ts';
import { type Finding, replaceValue } from './report.ts';
import { showValue } from './showValue.ts';

/** Adds `validation_split` to `data`. */
const setAside = {
  into: ['data'],
  key: 'validation_split',
  value: '0.1',
  title: 'Set a tenth of the rows aside',
};

/** Rules about several keys at once. */
export function crossFindings(input: ConfigInput): readonly Finding[] {
  const { data, training, task } = input;
  const findings: Finding[] = [];
  const add = (
    severity: Finding['severity'],
    code: string,
    path: Finding['path'],
    message: string,
    more: Partial<Finding> = {},
  ) => findings.push({ severity, code, path, message, ...more });

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
      { at: 'key', additions: [setAside] },
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
    for (const [key, usual] of Object.entries({
      precision: 'fp32',
      compile: 'auto',
      num_processes: 1,
      torchrun: null,
    } as const)) {
      const value = input[key as 'precision' | 'compile' | 'num_processes' | 'torchrun'];
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
  const metrics: readonly string[] = ['loss', ...possibleMetrics(findTask(task))];
  if (metric !== null && !metrics.includes(metric)) {
    const meant = nearest(metric, metrics);
    const question = meant === undefined ? '' : `; did you mean ${meant}?`;
    add(
      'error',
      'unknown-metric',
      ['training', 'early_stopping', 'metric'],
      `must be one of ${metrics.join(', ')} for ${task}, got ${showValue(metric)}${question}`,
      { fixes: (place) => (meant === undefined ? [] : [replaceValue(place, meant, `Change to ${meant}`)]) },
    );
  }

  for (const name of ['train', 'validation', 'test'] as const) {
    const split = data[name];
    if (split == null) continue;
    const own = typeof split === 'string' ? { file: split } : split;
    const format = splitFormat(data.format, own.format, own.file);
    const path = ['data', name, ...(typeof split === 'string' ? [] : ['file'])];
    if (format === undefined) {
      add(
        'error',
        'unknown-format',
        path,
        `the ending must tell the format (.tsv, .csv, .jsonl, .json, .parquet, .conll, .txt), got ${JSON.stringify(own.file)}; set data.format`,
      );
    } else if (format === 'text' && task !== 'masked-lm') {
      add(
        'error',
        'text-without-labels',
        path,
        `plain text has no labels, which ${task} needs; if the file has columns, set data.format: ${task === 'token-classification' ? 'conll' : 'tsv or csv'}; else use task: masked-lm`,
      );
    } else if (format === 'conll' && task !== 'token-classification' && task !== 'masked-lm') {
      add(
        'error',
        'conll-for-sequences',
        path,
        `CoNLL labels tokens, got task: ${task}; use task: token-classification`,
        {
          fixPath: ['task'],
          fixes: (place) => [replaceValue(place, 'token-classification', 'Change task to token-classification')],
        },
      );
    }
  }

  const unused = (key: string, why: string) => {
    const path = key.split('.');
    const value = valueAt(input, path);
    if (value != null && value !== keyAt(path)?.default)
      add('warning', 'unused-key', path, `has no effect: ${why}; remove it`, { at: 'key' });
  };
  if (task === 'token-classification') {
    unused('data.text', 'token-classification reads `tokens`');
    unused('data.text_pair', 'token-classification reads `tokens`');
  } else unused('data.tokens', `${task} reads \`text\``);
  if (task === 'masked-lm') unused('data.label', 'masked-lm learns from the text itself');
  if (task === 'masked-lm' || task === 'regression') unused('data.labels', `${task} has no classes`);
  else unused('training.mlm_probability', 'only masked-lm masks tokens');
  if (task === 'token-classification' || task === 'masked-lm')
    unused('train_pooler', `${task} does not read the pooler`);
  if (task === 'regression') unused('training.label_smoothing', 'regression has no classes');
  if (!validates) unused('training.eval_steps', 'there are no validation rows');
  return findings;
}
