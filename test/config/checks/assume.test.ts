import { describe, expect, it } from 'vitest';
import { assumeInput } from '../../../extension/config/checks/assume.ts';
import { checkConfig } from '../../../extension/config/checks/check.ts';
import { checkAgainstWorld } from '../../../extension/config/checks/checkWorld.ts';
import { readDimensions } from '../../../extension/models/config.ts';
import { findings, printed, valid } from '../support.ts';

const plain = {
  model: 'bert',
  task: 'classification',
  data: { train: 'train.tsv', validation: 'dev.tsv' },
  methods: ['ln-tuning'],
};

describe('a config with mistakes', () => {
  it('is taken as what it plainly means, else with its defaults', () => {
    const config = {
      ...plain,
      executor: 'onxx',
      threds: 3,
      training: { epochs: '2', keep_best: 'no', batch_size: 0, warmup: 0.1 },
    };
    const { input, assumed } = assumeInput(config)!;
    expect(input).toMatchObject({ executor: 'onnx', training: { epochs: 2, keep_best: false, batch_size: 16 } });
    expect(assumed.map((path) => path.join('.')).toSorted()).toEqual([
      'executor',
      'threds',
      'training.batch_size',
      'training.epochs',
      'training.keep_best',
      'training.warmup',
    ]);
    expect(config.executor).toBe('onxx');
  });

  it.each([
    ['a missing key that is required', { ...plain, model: undefined }],
    ['a task that nobody knows', { ...plain, task: 'sentiment' }],
    ['text instead of keys', 'model: bert'],
    ['a section that is a number', { ...plain, data: 3 }],
  ])('is not guessed at where that is hopeless: %s', (_, value) => {
    expect(assumeInput(value)).toBeUndefined();
  });

  it('shows every problem beside a typo', () => {
    const text = `model: bert
task: classification
data: {train: train.tsv}
methods: [ln-tuning]
executor: onxx
precision: bf16
training: {epochs: 2, max_steps: 10, eval_steps: 5, early_stopping: {metric: acuracy}}
`;
    expect(findings(text).map((line) => line.replace(/^(\d+):\d+ (\w+) ([^:]*):.*/, '$1 $2 $3'))).toEqual([
      '5 error executor',
      '6 error precision',
      '7 error training.max_steps',
      '7 warning training.eval_steps',
      '7 error training.early_stopping',
      '7 error training.early_stopping.metric',
    ]);
  });

  it('says nothing of what it only assumed', () => {
    expect(findings(valid('executor: torch\nprecision: [bf16]\n'))).toHaveLength(1);
    expect(findings(valid('executor: nothing\nprecision: bf16\n'))).toHaveLength(1);
  });

  it('shows what does not fit the model beside a wrong option of the same method', async () => {
    const bert = readDimensions(
      {
        model_type: 'bert',
        vocab_size: 100,
        hidden_size: 8,
        num_hidden_layers: 4,
        num_attention_heads: 2,
        intermediate_size: 16,
        max_position_embeddings: 64,
      },
      'config.json',
    );
    const checked = checkConfig(
      valid('training: {epochz: 3}\n').replace('[ln-tuning]', '[ln-tuning: {terms: [wieght], layers: 9}]'),
    );
    const { diagnostics, config } = await checkAgainstWorld(checked, {
      model: async () => ({ kind: 'known', dimensions: bert }),
      listFolder: async () => [
        { name: 'train.tsv', kind: 'file' },
        { name: 'dev.tsv', kind: 'file' },
      ],
      columns: async () => undefined,
      labels: async () => undefined,
    });
    expect(config).toBeUndefined();
    expect(printed(checked.diagnostics)).toHaveLength(2);
    expect(printed(diagnostics).map((line) => line.replace(/^\S+ /, ''))).toEqual([
      expect.stringMatching(/^error methods\[0\].*layers.*got 9/),
    ]);
  });
});
