import { describe, expect, it } from 'vitest';
import { checkConfig } from '../../../extension/config/checks/check.ts';
import { textEncodings } from '../../../extension/config/schema/dataSchema.ts';
import { findTask, taskNames } from '../../../extension/tasks/registry.ts';
import { usualMetrics } from '../../../extension/tasks/taskMetrics.ts';
import { applyFix, findings, fixed, printed, valid } from '../support.ts';

/** A config with other data or methods. */
const withData = (data: string, task = 'classification', extra = ''): string =>
  `model: bert\ntask: ${task}\ndata: ${data}\nmethods: ln-tuning\n${extra}`;
const withMethods = (methods: string): string =>
  `model: bert\ntask: classification\ndata: {train: train.tsv, validation: dev.tsv}\nmethods: ${methods}\n`;

describe('checkConfig', () => {
  it('takes four lines', () => {
    const checked = checkConfig(valid());
    expect(checked.diagnostics).toEqual([]);
    expect(checked.config?.training.epochs).toBe(3);
    expect(checked.methods.label).toBe('ln-tuning');
  });

  it('lists every key that is missing', () => {
    expect(findings('')).toEqual([
      '1:1 error model is missing; it must be a model folder or a hub id',
      '1:1 error task is missing; it must be one of classification, regression, token-classification, masked-lm, causal-lm, completion',
      '1:1 error data is missing; it must be a mapping with train, validation, test, validation_split, …',
      '1:1 error methods is missing; it must be a method or a list of methods',
    ]);
    expect(findings(withData('{validation: a.tsv}'))).toEqual([
      '3:1 error data: train is missing; it must be a path, or a mapping with file, text, text_pair, prompt, …',
    ]);
    expect(checkConfig('').config).toBeUndefined();
  });

  it.each([
    [
      'training:',
      '5:1 error training: must be a mapping with epochs, max_steps, batch_size, gradient_accumulation, …, got nothing',
    ],
    ['training: {epochs: 0}', '5:20 error training.epochs: must be above 0 and at most 10000, got 0'],
    ['training: {epochs: .nan}', '5:20 error training.epochs: must be a number, above 0 and at most 10000, got .nan'],
    [
      'training: {epochs: 1, max_steps: 4}',
      '5:23 error training.max_steps: only one of epochs and max_steps may be set, got both; remove one',
    ],
    ['training: {batch_size: 5000}', '5:24 error training.batch_size: must be 1 … 4096, got 5000'],
    [
      'training: {batch_size: 99999999999999999999}',
      '5:24 error training.batch_size: must be 1 … 4096, got 100000000000000000000',
    ],
    [
      'training: {eval_steps: 99999999999999999999}',
      '5:24 error training.eval_steps: must be at most 9007199254740991, got 100000000000000000000',
    ],
    ['training: {batch_size: 1.5}', '5:24 error training.batch_size: must be a whole number, 1 … 4096, got 1.5'],
    [
      'training: {batch_size: "16"}',
      '5:24 error training.batch_size: must be a whole number, 1 … 4096, got "16"; did you mean 16?',
    ],
    [
      'training: {keep_best: yes}',
      '5:23 error training.keep_best: must be true or false, got "yes"; did you mean true?',
    ],
    [
      'training: {lr_scheduler: liner}',
      '5:26 error training.lr_scheduler: must be one of linear, cosine, constant, got "liner"; did you mean linear?',
    ],
    ['training: {epoch: 3}', '5:12 error training.epoch: unknown key epoch; did you mean epochs?'],
    ['training: {label_smoothing: 1}', '5:29 error training.label_smoothing: must be 0 or more and below 1, got 1'],
    ['training: {eval_steps: [1]}', '5:24 error training.eval_steps: must be a whole number, 1 or more, got [1]'],
    [
      'training: {early_stopping: 3}',
      '5:28 error training.early_stopping: must be a mapping with metric, patience, got 3',
    ],
    [
      'training: {early_stopping: {patience: 0}}',
      '5:39 error training.early_stopping.patience: must be 1 or more, got 0',
    ],
    [
      'training: {learning_rate: 0.5}',
      '5:27 warning training.learning_rate: should be 1e-5 … 0.1 for ln-tuning, got 0.5; its default is 0.001 (0.03 below a width of 256, 0.005 below 512)',
    ],
    ['trainig: {}', '5:1 error trainig: unknown key trainig; did you mean training?'],
    [
      'zzzzz: 1',
      '5:1 error zzzzz: unknown key zzzzz; the config has name, model, revision, task, data, methods, training, train_pooler, executor, device, python, precision, compile, backbone, num_processes, torchrun, threads',
    ],
    ['device: gpu', '5:9 error device: must be one of auto, cpu, webgpu, cuda, or cuda:0, cuda:1, …, got "gpu"'],
    [
      'device: cuda:x',
      '5:9 error device: must be one of auto, cpu, webgpu, cuda, or cuda:0, cuda:1, …, got "cuda:x"; did you mean cuda?',
    ],
    [
      'device: cuda:-1',
      '5:9 error device: must be one of auto, cpu, webgpu, cuda, or cuda:0, cuda:1, …, got "cuda:-1"; did you mean cuda?',
    ],
    [
      'backbone: int8\nexecutor: torch',
      '5:11 error backbone: must be fp32 or auto with executor: torch, got int8; set executor: onnx and device: cpu for int8',
    ],
    [
      'backbone: int8\ndevice: webgpu',
      '5:11 error backbone: must be fp32 or auto with device: webgpu, got int8; set executor: onnx and device: cpu for int8',
    ],
    [
      'device: webgpu\nexecutor: torch',
      '5:9 error device: must be auto, cpu or cuda with executor: torch, got webgpu; set executor: onnx for WebGPU',
    ],
    ['executor: torchh', '5:11 error executor: must be one of onnx, torch, auto, got "torchh"; did you mean torch?'],
    ['python: ""', '5:9 error python: must not be empty'],
    [
      'name: 5',
      '5:7 error name: must be text of at most 200 characters, got 5, which YAML reads as a number; put it in quotes: "5"',
    ],
    ['revision: ""', '5:11 error revision: must not be empty'],
    [`name: {a: 1}`, '5:7 error name: must be text of at most 200 characters, got a mapping'],
  ])('%s', (extra, message) => {
    expect(findings(valid(extra))).toEqual([message]);
  });

  it('knows the metrics of each task', () => {
    expect(findings(valid('training: {early_stopping: {metric: entity_f1}}'))).toEqual([
      '5:37 error training.early_stopping.metric: must be one of loss, accuracy, macro_f1, micro_f1, matthews for classification, got "entity_f1"',
    ]);
    for (const name of taskNames) {
      const task = findTask(name);
      const evaluator = task.evaluator(['O', 'B-x']);
      expect(usualMetrics(task)).toEqual(Object.keys(evaluator.metrics(1)));
    }
  });

  it('finds all problems at once, in the order of the text', () => {
    expect(
      findings(
        'model: 5\ntask: regresion\ndata: {train: a.tsv, validation: b.tsv, max_length: 1}\nmethods: [lora: {rnk: 4}]\nthreads: 0',
      ),
    ).toEqual([
      '1:8 error model: must be a model folder or a hub id, got 5, which YAML reads as a number; put it in quotes: "5"',
      '2:7 error task: must be one of classification, regression, token-classification, masked-lm, causal-lm, completion, got "regresion"; did you mean regression?',
      '3:53 error data.max_length: must be 2 or more, got 1',
      '4:18 error methods[0].lora.rnk: unknown key rnk; did you mean rank?',
      '5:10 error threads: must be 1 … 1024, got 0',
    ]);
  });

  it.each([
    [
      '{train: a.tsv, validation: b.tsv, validation_split: 0.1}',
      '3:41 error data.validation_split: only one of validation and validation_split may be set, got both; remove one',
    ],
    [
      '{train: a.tsv}',
      '3:1 information data: no rows to evaluate on during training; set validation, or validation_split: 0.1',
    ],
    [
      '{train: a.xyz, validation_split: 0.1}',
      '3:15 error data.train: the ending must name the format (.tsv, .csv, .jsonl, .json, .parquet, .conll, .txt), got "a.xyz"; set data.format',
    ],
    [
      '{train: a.txt, validation_split: 0.1}',
      '3:15 error data.train: plain text has no labels, which classification needs; if the file has columns, set data.format: tsv or csv; else use task: masked-lm',
    ],
    [
      '{train: a.conll, validation_split: 0.1}',
      '3:15 error data.train: CoNLL labels tokens, got task: classification; use task: token-classification',
    ],
    [
      '{train: 5, validation_split: 0.1}',
      '3:15 error data.train: must be a path, or a mapping with file, text, text_pair, prompt, …, got 5, which YAML reads as a number; put it in quotes: "5"',
    ],
    [
      '{train: {file: a.tsv, limt: 4}, validation_split: 0.1}',
      '3:29 error data.train.limt: unknown key limt; did you mean limit?',
    ],
    [
      '{train: {label: y}, validation_split: 0.1}',
      '3:15 error data.train: file is missing; it must be a path, or hub a data set of the Hugging Face hub',
    ],
    [
      '{train: a.csv, validation_split: 0.1, delimiter: ";;"}',
      '3:56 error data.delimiter: must be one character, got ";;"',
    ],
    [
      '{train: {file: a.tsv, hub: a/b}, validation_split: 0.1}',
      '3:34 error data.train.hub: must stand without file; keep one of them',
    ],
    ...(['config', 'split', 'revision'] as const).map((key): [string, string] => [
      `{train: {file: a.tsv, ${key}: x}, validation_split: 0.1}`,
      `3:29 warning data.train.${key}: has no effect: it says which rows of \`hub\` are read, and \`file\` names its own; remove it`,
    ]),
    [
      '{train: "hf://sst2/train.csv", validation_split: 0.1}',
      '3:15 error data.train: must be hf://datasets/OWNER/NAME/PATH or hf://datasets/OWNER/NAME@REVISION/PATH, ' +
        'got "hf://sst2/train.csv"; copy the path from "Files and versions" on the data set\'s page',
    ],
    [
      '{train: a.tsv, validation_split: 0.1, tokens: x}',
      '3:45 warning data.tokens: has no effect: classification reads `text`; remove it',
    ],
    [
      '{train: a.tsv, validation_split: 0.1, labels: [bad]}',
      '3:53 error data.labels: must be a list of at least two names, each once, got ["bad"]',
    ],
    [
      '{train: a.tsv, validation_split: 0.1, labels: [a, b, a]}',
      '3:53 error data.labels: must name each class once, got ["a","b","a"]',
    ],
    [
      '{train: a.tsv, validation: b.tsv, encoding: windows-1259}',
      `3:51 error data.encoding: must be one of ${textEncodings.join(', ')}, got "windows-1259"`,
    ],
    ['x.tsv', '3:7 error data: must be a mapping with train, validation, test, validation_split, …, got "x.tsv"'],
  ])('data: %s', (data, message) => {
    expect(findings(withData(data))).toEqual([message]);
  });

  it.each([
    [
      'token-classification',
      '{train: a.conll, validation_split: 0.1, text: x, text_pair: y}',
      '',
      [
        '3:47 warning data.text: has no effect: token-classification reads `tokens`; remove it',
        '3:56 warning data.text_pair: has no effect: token-classification reads `tokens`; remove it',
      ],
    ],
    [
      'token-classification',
      '{train: a.conll, validation_split: 0.1}',
      'train_pooler: false',
      ['5:1 warning train_pooler: has no effect: token-classification does not read the pooler; remove it'],
    ],
    [
      'masked-lm',
      '{train: a.txt, validation_split: 0.1, label: x}',
      '',
      ['3:45 warning data.label: has no effect: masked-lm learns from the text itself; remove it'],
    ],
    [
      'completion',
      '{train: a.jsonl, validation_split: 0.1, text: x}',
      '',
      ['3:47 warning data.text: has no effect: completion reads `prompt` and `completion`; remove it'],
    ],
    [
      'regression',
      '{train: a.tsv, validation_split: 0.1}',
      'training: {label_smoothing: 0.1}',
      ['5:12 warning training.label_smoothing: has no effect: regression has no classes; remove it'],
    ],
    [
      'classification',
      '{train: a.tsv, validation_split: 0.1}',
      'training: {mlm_probability: 0.2}',
      ['5:12 warning training.mlm_probability: has no effect: only masked-lm masks tokens; remove it'],
    ],
    [
      'classification',
      '{train: a.tsv}',
      'training: {early_stopping: {}, eval_steps: 4}',
      [
        '5:12 error training.early_stopping: needs validation rows to watch; set data.validation or data.validation_split',
        '5:32 warning training.eval_steps: has no effect: there are no validation rows; remove it',
      ],
    ],
  ])('%s with %s %s', (task, data, extra, messages) => {
    expect(findings(withData(data, task, extra))).toEqual(messages);
  });

  it.each([
    [
      '[]',
      '4:10 error methods: must name at least one method; choose from full, head-only, ln-tuning, bitfit, lora, ia3, prefix, adapter, houlsby, pfeiffer, mam, unified',
    ],
    ['5', "4:10 error methods: must be a method's name or {method: options}, got 5"],
    ['[ln-tunin]', '4:11 error methods[0]: unknown method ln-tunin; did you mean ln-tuning?'],
    ['ln-tunin', '4:10 error methods: unknown method ln-tunin; did you mean ln-tuning?'],
    [
      '[adapter: {at: ffm}]',
      '4:25 error methods[0].adapter.at: must be one or more of attention, ffn, got "ffm"; did you mean ffn?',
    ],
    [
      '[lora: {rank: "8"}]',
      '4:24 error methods[0].lora.rank: must be a whole number, 1 … 1024, got "8"; did you mean 8?',
    ],
    [
      '[lora: {learning_rate: 0.5}]',
      '4:33 warning methods[0].lora.learning_rate: should be 1e-5 … 0.01 for lora, got 0.5; its default is 5e-4 (0.01 below a width of 256, 0.003 below 512, 3e-4 from 1024)',
    ],
    [
      '[adapter, ln-tuning]',
      '4:11 information methods[0]: an adapter at the FFN together with LN-tuning did worse than one at attention in arXiv 2211.08682; set `at: attention`',
    ],
    [
      '[houlsby, ln-tuning]',
      '4:11 information methods[0].adapter: an adapter at the FFN together with LN-tuning did worse than one at attention in arXiv 2211.08682; use the preset `unified`',
    ],
    [
      '[lora: {targets: [query, up]}, ln-tuning]',
      '4:11 information methods[0].lora: a lora at the FFN together with LN-tuning did worse than one at attention in arXiv 2211.08682; set `targets: [query]`',
    ],
  ])('methods: %s', (methods, message) => {
    expect(findings(withMethods(methods))).toEqual([message]);
  });

  it.each([
    ['training: {batch_size: 5000}', 'Set to 4096 (the most allowed)', 'training: {batch_size: 4096}'],
    ['threads: 0', 'Set to 1 (the least allowed)', 'threads: 1'],
    ['training: {learning_rate: 1e3}', 'Change to 1e-3', 'training: {learning_rate: 1e-3}'],
    ['training: {learning_rate: 2.5e4}', 'Change to 2.5e-4', 'training: {learning_rate: 2.5e-4}'],
    ['training: {warmup_ratio: 5}', 'Set to 0.06 (the default)', 'training: {warmup_ratio: 0.06}'],
    ['training: {batch_size: 1.5}', 'Change to 2', 'training: {batch_size: 2}'],
    ['training: {batch_size: "16"}', 'Change to 16', 'training: {batch_size: 16}'],
    ['training: {keep_best: yes}', 'Change to true', 'training: {keep_best: true}'],
    ['training: {lr_scheduler: liner}', 'Change to linear', 'training: {lr_scheduler: linear}'],
    ['training: {epoch: 3}', 'Rename to epochs', 'training: {epochs: 3}'],
    ['threads: 2\nthreads: 3\n', 'Remove this entry', 'threads: 2\n'],
    [
      'training:\n  seed: 1\ntraining:\n  seed: 2\nthreads: 2\n',
      'Remove this entry',
      'training:\n  seed: 1\nthreads: 2\n',
    ],
    [
      'training: {early_stopping: {metric: acuracy}}',
      'Change to accuracy',
      'training: {early_stopping: {metric: accuracy}}',
    ],
    ['training: {learning_rate: 0.5}', 'Set to 0.001 (the default of ln-tuning)', 'training: {learning_rate: 0.001}'],
  ])('cures %s: %s', (extra, title, cured) => {
    const text = valid(extra);
    expect(fixed(text, checkConfig(text).diagnostics)).toEqual({ [title]: valid(cured) });
    expect(findings(valid(cured))).toEqual([]);
  });

  it.each([
    ['[ln-tunin]', 'Change to ln-tuning', '[ln-tuning]'],
    ['[prefx: {length: 8}]', 'Rename to prefix', '[prefix: {length: 8}]'],
    ['[unified: {lenght: 3}]', 'Rename to length', '[unified: {length: 3}]'],
    ['[lora: {rank: "8"}]', 'Change to 8', '[lora: {rank: 8}]'],
    ['ln-tuning, lora', 'Change to [ln-tuning, lora]', '[ln-tuning, lora]'],
    ['[ln-tuning: {terms: weight}]', 'Change to gain', '[ln-tuning: {terms: gain}]'],
    ['[ln-tuning: {terms: [gamma]}]', 'Change to gain', '[ln-tuning: {terms: [gain]}]'],
    ['[lora: {rank: 2000}]', 'Set to 1024 (the most allowed)', '[lora: {rank: 1024}]'],
    [
      '[lora: {targets: down}, ln-tuning]',
      'Move the lora from FFN to attention',
      '[lora: {targets: [query, value]}, ln-tuning]',
    ],
    ['[adapter, ln-tuning]', 'Move the adapter from FFN to attention', '[adapter: {at: attention}, ln-tuning]'],
    [
      '[adapter: {bottleneck: 8}, ln-tuning]',
      'Move the adapter from FFN to attention',
      '[adapter: {at: attention, bottleneck: 8}, ln-tuning]',
    ],
    [
      '[adapter: {at: [attention, ffn]}, ln-tuning]',
      'Move the adapter from FFN to attention',
      '[adapter: {at: attention}, ln-tuning]',
    ],
    ['[adapter: {}, ln-tuning]', 'Move the adapter from FFN to attention', '[adapter: {at: attention}, ln-tuning]'],
    [
      '\n  - adapter:\n  - ln-tuning',
      'Move the adapter from FFN to attention',
      '\n  - adapter: {at: attention}\n  - ln-tuning',
    ],
    [
      '\n  - adapter:\n      bottleneck: 8\n  - ln-tuning',
      'Move the adapter from FFN to attention',
      '\n  - adapter:\n      at: attention\n      bottleneck: 8\n  - ln-tuning',
    ],
    [
      '\n  - ln-tuning\n  - lora:\n      targets:\n        - up\n        - down\n      rank: 4',
      'Move the lora from FFN to attention',
      '\n  - ln-tuning\n  - lora:\n      targets: [query, value]\n      rank: 4',
    ],
    [
      '\n- lora:\n    targets:\n    - up\n    - down\n\n# c\n- ln-tuning',
      'Move the lora from FFN to attention',
      '\n- lora:\n    targets: [query, value]\n\n# c\n- ln-tuning',
    ],
    [
      '\r\n  - lora:\r\n      targets:\r\n        - up\r\n      rank: 4\r\n  - ln-tuning',
      'Move the lora from FFN to attention',
      '\r\n  - lora:\r\n      targets: [query, value]\r\n      rank: 4\r\n  - ln-tuning',
    ],
    [
      '\n  - ln-tuning\n  - adapter:\n      at: &at\n        - ffn\n',
      'Move the adapter from FFN to attention',
      '\n  - ln-tuning\n  - adapter:\n      at: &at attention\n',
    ],
    [
      '\n  - ln-tuning\n  - adapter:\n      ? at\n      : - ffn\n',
      'Move the adapter from FFN to attention',
      '\n  - ln-tuning\n  - adapter:\n      ? at\n      : attention\n',
    ],
    [
      '\n  - >-\n    adapter\n  - ln-tuning',
      'Move the adapter from FFN to attention',
      '\n  - adapter: {at: attention}\n  - ln-tuning',
    ],
    ['{ln-tuning, adapter}', 'Move the adapter from FFN to attention', '{ln-tuning, adapter: {at: attention}}'],
    ['{ln-tuning, adapter:}', 'Move the adapter from FFN to attention', '{ln-tuning, adapter: {at: attention}}'],
    [
      '\n  ln-tuning:\n  adapter: # c\n',
      'Move the adapter from FFN to attention',
      '\n  ln-tuning:\n  adapter: {at: attention} # c\n',
    ],
  ])('cures methods %j: %s', (methods, title, cured) => {
    const text = withMethods(methods);
    expect(fixed(text, checkConfig(text).diagnostics)).toEqual({ [title]: withMethods(cured) });
    expect(findings(withMethods(cured))).toEqual([]);
  });

  it.each([
    '\n  - ln-tuning\n  - lora:\n      targets:\n        - up # c\n        - down\n',
    '\n  - ln-tuning\n  - lora:\n      targets: # c\n        - up\n        - down\n',
    '\n  - ln-tuning\n  - lora:\n      targets:\n        - up\n        # c\n        - down\n      rank: 4\n',
    '[lora: {targets: [up, # c\n  down]}, ln-tuning]',
    '{ln-tuning, adapter: &options }',
    '{ln-tuning, ? adapter}',
    '\n  ? ln-tuning\n  ? adapter\n',
  ])('leaves methods %j to a person, for the change would cost a comment or more', (methods) => {
    const { diagnostics } = checkConfig(withMethods(methods));
    expect(diagnostics.map(({ code, fixes }) => [code, fixes])).toEqual([['ffn-with-norm', undefined]]);
  });

  it('writes what is missing, or a whole config into an empty file', () => {
    const whole = fixed('', checkConfig('').diagnostics)['Write a whole config']!;
    expect(findings(whole)).toEqual([]);
    const text = valid().replace('task: classification\n', '');
    expect(fixed(text, checkConfig(text).diagnostics)).toEqual({ 'Add task': `task: classification\n${text}` });
    expect(findings(`task: classification\n${text}`)).toEqual([]);
    expect(fixed('{model: bert}', checkConfig('{model: bert}').diagnostics)).toEqual({});
  });

  it.each(['---\n', '--- # c\n', '%YAML 1.2\n---\n', '# c\n---\n\n# d\n', '---\r\n', '# c\n', '--- &all\n'])(
    'writes what is missing behind what begins the document: %j',
    (top) => {
      const text = `${top}${valid().replace('task: classification\n', '')}`;
      expect(fixed(text, checkConfig(text).diagnostics)).toEqual({
        'Add task': `${top}task: classification\n${text.slice(top.length)}`,
      });
    },
  );

  it('writes what is missing as deep as the entries that are there', () => {
    const text = '  # c\n  model: bert\n  task: classification\n  methods: lora\n';
    const cured = fixed(text, checkConfig(text).diagnostics)['Add data']!;
    expect(cured).toBe(text.replace('model', 'data:\n    train: train.tsv\n    validation_split: 0.1\n  model'));
    expect(findings(cured)).toEqual([]);
  });

  it.each([
    '---',
    '---\n',
    '---\r\n',
    '--- # c',
    '# c\n--- # d\n# e\n',
    '%YAML 1.2\n---\n',
    '# c\n',
    '---\n...\n',
    '...\n',
  ])('writes a whole config into a document without a word: %j', (text) => {
    const whole = fixed(text, checkConfig(text).diagnostics)['Write a whole config']!;
    expect(findings(whole)).toEqual([]);
    expect(whole).toContain(text.trimEnd().split('\n').at(-1));
  });

  it.each(['~\n', '--- ~\n', '&a\n', '--- !!null\n', '&a model: bert\n', '{}'])(
    'leaves it to a person to write what is missing where nothing can stand before: %j',
    (text) => {
      expect(fixed(text, checkConfig(text).diagnostics)).toEqual({});
    },
  );

  it.each([
    ['{train: train.tsv}', '{validation_split: 0.1, train: train.tsv}'],
    ['\n  train: train.tsv', '\n  validation_split: 0.1\n  train: train.tsv'],
  ])('sets rows aside for data: %j', (data, cured) => {
    const fixes = fixed(withData(data), checkConfig(withData(data)).diagnostics);
    expect(fixes).toEqual({ 'Set a tenth of the rows aside': withData(cured) });
    expect(findings(withData(cured))).toEqual([]);
  });

  it('changes the task to what CoNLL files are for', () => {
    const text = withData('{train: a.conll, validation_split: 0.1}');
    expect(fixed(text, checkConfig(text).diagnostics)).toEqual({
      'Change task to token-classification': text.replace('task: classification', 'task: token-classification'),
    });
  });

  it('takes the keys of other mappings where a config merges them, and leaves x- keys alone', () => {
    const text = valid(`x-common: &common {epochs: 2, seed: 7}
x-more: &more {epochs: 5, batch_size: 4}
training:
  <<: [*common, *more]
  seed: 1
`);
    expect(findings(text)).toEqual([]);
    expect(checkConfig(text).config?.training).toMatchObject({ epochs: 2, seed: 1, batch_size: 4 });
    expect(findings(valid('training: {x-note: 1}'))[0]).toContain('unknown key x-note');
  });

  it.each(['unified', 'mam', 'houlsby', 'full', '[bitfit, pfeiffer]', '[ln-tuning, lora]'])(
    'has nothing against FFN and LayerNorm together for %s',
    (methods) => {
      expect(findings(withMethods(methods))).toEqual([]);
    },
  );

  it('leaves a second adapter where it is when one sits at attention already', () => {
    const [note] = checkConfig(withMethods('[adapter: {at: attention}, adapter, ln-tuning]')).diagnostics;
    expect([note?.code, note?.fixes]).toEqual(['ffn-with-norm', undefined]);
  });

  it('checks the rest of a half-typed text', () => {
    const text =
      'model: bert\ntask: classificatio\ndata:\n  train: a.tsv\n  valid\nmethods: [ln-tuning, \ntraining:\n  epochs: 0\n';
    const found = findings(text);
    expect(found).toContain(
      '2:7 error task: must be one of classification, regression, token-classification, masked-lm, causal-lm, completion, got "classificatio"; did you mean classification?',
    );
    expect(found).toContain('5:3 error data.valid: unknown key valid; did you mean validation?');
    expect(found).toContain('8:11 error training.epochs: must be above 0 and at most 10000, got 0');
  });

  it.each([
    ['revision: 72225e2', 'revision', '72225e2', 'a number'],
    ['revision: 1e999', 'revision', '1e999', 'a number'],
    ['revision: 0123', 'revision', '0123', 'a number'],
    ['revision: 0x1F', 'revision', '0x1F', 'a number'],
    ['revision: 1.10', 'revision', '1.10', 'a number'],
    ['revision: 12345678901234567890123', 'revision', '12345678901234567890123', 'a number'],
    ['name: .inf', 'name', '.inf', 'a number'],
    ['name: True', 'name', 'True', 'true or false'],
    ['python: 3.10', 'python', '3.10', 'a number'],
  ])('%s: shows the text as it is written, and quotes it', (line, path, word, kind) => {
    const text = valid(line);
    const { diagnostics } = checkConfig(text);
    expect(printed(diagnostics)).toEqual([
      expect.stringMatching(
        new RegExp(`error ${path}: must be .*, got ${word}, which YAML reads as ${kind}; put it in quotes: "${word}"$`),
      ),
    ]);
    const quoted = fixed(text, diagnostics)[`Change to "${word}"`]!;
    expect(quoted).toBe(valid(line.replace(word, `"${word}"`)));
    expect(findings(quoted)).toEqual([]);
    expect(findings(valid(), [`${path}=${word}`])).toEqual([
      expect.stringMatching(new RegExp(`got ${word}, which YAML reads as ${kind}; put it in quotes: "${word}"$`)),
    ]);
  });

  it.each(['yes', 'no', 'on', '2024-01-31', '12:30', '1_000', '72225e2f'])('takes %s for text as it stands', (word) => {
    expect(findings(valid(`name: ${word}`))).toEqual([]);
  });

  it('tells the first hundred problems and how many follow', () => {
    const many = Array.from({ length: 20_000 }, (_, i) => `k${i}: 1`).join('\n');
    const { diagnostics } = checkConfig(valid(many));
    expect(diagnostics).toHaveLength(101);
    expect(printed(diagnostics).at(-1)).toBe('105:1 error 19900 more problems follow; fix the first 100 of them');
    expect(Math.max(...printed(diagnostics).map((line) => line.length))).toBeLessThan(400);
  });

  it('takes a long key for no misspelling', () => {
    expect(findings(valid(`${'k'.repeat(1000)}: 1`))[0]).toMatch(/unknown key k{57}…; the config has name/);
  });

  it('applies a fix exactly once however often a value occurs', () => {
    const text = valid('training: {batch_size: 0, seed: 0}');
    const [problem] = checkConfig(text).diagnostics;
    expect(applyFix(text, problem!.fixes![0]!)).toBe(valid('training: {batch_size: 1, seed: 0}'));
  });
});
