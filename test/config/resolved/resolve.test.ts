import { describe, expect, it } from 'vitest';
import { checkConfig, checkValue } from '../../../extension/config/checks/check.ts';
import { changedKeys, diffConfigs } from '../../../extension/config/resolved/compare.ts';
import { isResolved, type ResolvedConfig, resolveConfig } from '../../../extension/config/resolved/resolve.ts';
import { publishedModel } from '../../methods/outlines.ts';
import { plainSplit, valid } from '../support.ts';

function resolved(text: string, overrides: readonly string[] = []): ResolvedConfig {
  const { config, input, methods, diagnostics } = checkConfig(text, overrides);
  if (config === undefined) throw new Error(JSON.stringify(diagnostics));
  return resolveConfig(input!, methods.methods, publishedModel('bert-base-uncased').dimensions);
}

describe('draftConfig', () => {
  it('leaves open what follows from a model that is not known, and nothing else', () => {
    const { config } = checkConfig(
      valid('training: {learning_rate: 2e-3}').replace('[ln-tuning]', '[ln-tuning, lora]'),
    );
    expect(config?.data.max_length).toBeNull();
    expect(config?.methods.flatMap(Object.values).map(({ learning_rate }) => learning_rate)).toEqual([2e-3, 2e-3]);
    expect(checkConfig(valid()).config?.methods).toEqual([
      { 'ln-tuning': { terms: ['gain', 'bias'], learning_rate: null } },
    ]);
  });

  it('is resolved for a record that says all, as one of a run does', () => {
    const record: unknown = JSON.parse(JSON.stringify(resolved(valid())));
    const { config, findings } = checkValue(record);
    expect(findings).toEqual([]);
    expect(config && isResolved(config)).toBe(true);
    expect(config).toEqual(record);
    expect(isResolved(checkConfig(valid()).config!)).toBe(false);
  });
});

describe('resolveConfig', () => {
  it.each([
    ['classification', 8],
    ['regression', 8],
    ['token-classification', 1],
    ['masked-lm', 1],
  ])('sorts rows by length only where that costs nothing: %s', (task, window) => {
    expect(resolved(valid(), [`task=${task}`]).training.length_window).toBe(window);
    expect(resolved(valid(), [`task=${task}`, 'training.length_window=50']).training.length_window).toBe(50);
  });

  it('fills in every default of four lines', () => {
    expect(resolved(valid())).toEqual({
      name: null,
      model: 'bert',
      revision: null,
      task: 'classification',
      data: {
        train: plainSplit('train.tsv'),
        validation: plainSplit('dev.tsv'),
        test: null,
        validation_split: null,
        format: 'auto',
        delimiter: null,
        columns: null,
        encoding: 'utf-8',
        max_length: 128,
        in_memory_mb: 100,
        on_bad_row: 'error',
      },
      methods: [{ 'ln-tuning': { terms: ['gain', 'bias'], learning_rate: 0.001 } }],
      training: {
        epochs: 3,
        max_steps: null,
        batch_size: 16,
        gradient_accumulation: 1,
        learning_rate: null,
        head_learning_rate: 0.001,
        weight_decay: 0,
        length_window: 8,
        lr_scheduler: 'linear',
        warmup_ratio: 0.06,
        max_grad_norm: 1,
        label_smoothing: 0,
        dropout: null,
        mlm_probability: 0.15,
        eval_on_start: false,
        eval_steps: null,
        checkpoint_steps: null,
        early_stopping: null,
        keep_best: true,
        kept_activations_mb: 1000,
        seed: 42,
      },
      train_pooler: true,
      executor: 'onnx',
      device: 'auto',
      python: null,
      precision: 'fp32',
      compile: 'auto',
      backbone: 'fp32',
      num_processes: 1,
      torchrun: null,
      threads: null,
    });
  });

  it.each(['', 'training: {max_steps: 20, learning_rate: 2e-3, early_stopping: {patience: 2}}'])(
    'is a config itself: resolving it again changes nothing (%s)',
    (extra) => {
      const once = resolved(valid(extra).replace('[ln-tuning]', '[unified, lora: {layers: 0-1}]'));
      const again = checkConfig(JSON.stringify(once));
      expect(again.diagnostics).toEqual([]);
      expect(again.config).toEqual(JSON.parse(JSON.stringify(once)));
    },
  );

  it('gives every split its columns: its own, else the data’s, else those of the task', () => {
    const { data } = resolved(
      'model: b\ntask: classification\nmethods: ln-tuning\ndata:\n  train: {file: a.csv, text: sentence, limit: 8000}\n  validation: {file: b.jsonl, text_pair: second}\n  test: t.weird\n  format: auto\n  label: gold\n'.replace(
        't.weird',
        '{file: t.weird, format: parquet}',
      ),
    );
    expect(data.train).toMatchObject({
      format: 'csv',
      text: 'sentence',
      text_pair: null,
      prompt: null,
      completion: null,
      label: 'gold',
      limit: 8000,
    });
    expect(data.validation).toMatchObject({ format: 'jsonl', text: 'text', text_pair: 'second', label: 'gold' });
    expect(data.test).toMatchObject({ format: 'parquet' });
  });

  it('reads tokens for tagging and no labels for masked-lm', () => {
    const tagging = resolved(
      'model: b\ntask: token-classification\nmethods: ln-tuning\ndata: {train: a.conll, validation_split: 0.1}',
    );
    expect(tagging.data.train).toMatchObject({ format: 'conll', text: null, tokens: 'tokens', label: 'label' });
    const masked = resolved('model: b\ntask: masked-lm\nmethods: full\ndata: {train: a.txt, validation_split: 0.1}');
    expect(masked.data.train).toMatchObject({ format: 'text', text: 'text', tokens: null, label: null });
  });

  it('keeps each method’s own rate, unless a common or its own option says otherwise', () => {
    const rates = (extra: string) =>
      resolved(valid(extra).replace('[ln-tuning]', '[ln-tuning, lora, prefix: {learning_rate: 4e-3}]')).methods.map(
        (method) => Object.values(method)[0]!.learning_rate,
      );
    expect(rates('')).toEqual([1e-3, 5e-4, 4e-3]);
    expect(rates('training: {learning_rate: 2e-3}')).toEqual([2e-3, 2e-3, 4e-3]);
  });

  it('takes the rates of large models when the model is known to be one', () => {
    const { input, methods } = checkConfig(valid().replace('ln-tuning', 'lora'));
    const config = resolveConfig(input!, methods.methods, publishedModel('bert-large-uncased').dimensions);
    expect(config.methods[0]!.lora!.learning_rate).toBe(3e-4);
  });

  it('gives the head the common rate, else its own default', () => {
    expect(resolved(valid('training: {learning_rate: 2e-3}')).training.head_learning_rate).toBe(2e-3);
    expect(
      resolved(valid('training: {learning_rate: 2e-3, head_learning_rate: 5e-4}')).training.head_learning_rate,
    ).toBe(5e-4);
  });

  it('counts in epochs or in steps', () => {
    expect(resolved(valid('training: {max_steps: 9}')).training).toMatchObject({ epochs: null, max_steps: 9 });
    expect(resolved(valid('training: {epochs: 0.5}')).training).toMatchObject({ epochs: 0.5, max_steps: null });
  });
});

describe('a key of one file', () => {
  const withData = (data: string, task = 'classification') =>
    valid()
      .replace(/data: .*/, `data: {validation: {file: b.csv}, ${data}}`)
      .replace('classification', task);

  it.each([
    ['text_pair: other', 'text_pair', 'other', null],
    ['text: body', 'text', 'body', 'text'],
    ['label: 3', 'label', '3', 'label'],
    ['labels: [bad, good]', 'labels', ['bad', 'good'], null],
    ['columns: [text, label]', 'columns', ['text', 'label'], null],
    ['encoding: latin1', 'encoding', 'latin1', 'utf-8'],
    ['delimiter: ";"', 'delimiter', ';', null],
  ])('takes back what data says where it is null: %s', (said, key, shared, usual) => {
    const config = resolved(withData(`train: {file: a.csv, ${key}: null}, ${said}`));
    expect([config.data.train, config.data.validation]).toMatchObject([{ [key]: usual }, { [key]: shared }]);
    // As the record of a run it says the same again.
    expect(checkValue(JSON.parse(JSON.stringify(config))).config).toEqual(config);
  });

  it('takes conversations back for one file where it is null', () => {
    const { data } = resolved(withData('train: {file: a.jsonl, messages: null}, messages: turns', 'completion'));
    expect(data.train).toMatchObject({ messages: null, prompt: 'prompt', completion: 'completion' });
    expect(data.validation).toMatchObject({ messages: 'turns', prompt: null, completion: null });
  });
});

describe('changedKeys', () => {
  it('is empty for the defaults', () => {
    expect(changedKeys(resolved(valid()))).toEqual([]);
    expect(changedKeys(resolved(valid().replace('[ln-tuning]', 'full')))).toEqual([]);
  });

  it('lists what differs, in schema order, and what follows from another key once', () => {
    const config = resolved(
      valid('training: {seed: 7, learning_rate: 2e-3, batch_size: 8}\nname: trial\ntrain_pooler: false').replace(
        '[ln-tuning]',
        '[ln-tuning: {terms: bias}, prefix: {length: 8}]',
      ),
    );
    expect(changedKeys(config)).toEqual([
      { key: 'training.learning_rate', value: 0.002, default: null },
      { key: 'training.batch_size', value: 8, default: 16 },
      { key: 'training.seed', value: 7, default: 42 },
      { key: 'train_pooler', value: false, default: true },
      { key: 'methods[0].ln-tuning.terms', value: ['bias'], default: ['gain', 'bias'] },
      { key: 'methods[1].prefix.length', value: 8, default: 16 },
    ]);
  });

  it('lists steps in place of epochs, and rows left out', () => {
    const config = resolved(valid('training: {max_steps: 20}'), ['data.train.limit=50']);
    expect(changedKeys(config).map(({ key }) => key)).toEqual(['training.max_steps', 'data.train.limit']);
  });
});

describe('diffConfigs', () => {
  it('lists the keys in which runs differ, with every value', () => {
    const configs = [5, 5, 7].map((epochs) => resolved(valid(`training: {epochs: ${epochs}}`)));
    expect(diffConfigs(configs)).toEqual([{ key: 'training.epochs', values: [5, 5, 7] }]);
    expect(diffConfigs([configs[0]!, configs[1]!])).toEqual([]);
  });

  it('names different methods instead of listing their options', () => {
    const a = resolved(valid());
    const b = resolved(valid().replace('[ln-tuning]', '[prefix, ln-tuning]'));
    expect(diffConfigs([a, b])).toEqual([{ key: 'methods', values: ['ln-tuning', 'prefix + ln-tuning'] }]);
  });

  it('compares options of the same methods', () => {
    const a = resolved(valid().replace('ln-tuning', 'prefix'));
    const b = resolved(valid().replace('ln-tuning', 'prefix: {length: 8}'));
    expect(diffConfigs([a, b])).toEqual([{ key: 'methods[0].prefix.length', values: [16, 8] }]);
  });
});
