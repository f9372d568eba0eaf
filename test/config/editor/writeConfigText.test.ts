import { describe, expect, it } from 'vitest';
import { checkConfig } from '../../../extension/config/checks/check.ts';
import { writeConfigText } from '../../../extension/config/editor/writeConfigText.ts';

const choices = {
  model: 'google-bert/bert-base-uncased',
  task: 'classification',
  train: 'data/train.tsv',
  validation: 'data/dev.tsv',
  methods: ['ln-tuning'],
} as const;

describe('the text of a new config', () => {
  it('says what was chosen and nothing more', () => {
    expect(writeConfigText({ ...choices, columns: { text: 'sentence', label: 'label' } })).toBe(
      `# ln-tuning on train.tsv
model: google-bert/bert-base-uncased
task: classification
data:
  train: data/train.tsv
  validation: data/dev.tsv
  text: sentence
methods:
  - ln-tuning
`,
    );
  });

  it('sets rows aside where no validation file was chosen', () => {
    const { validation, ...rest } = choices;
    expect(writeConfigText(rest)).toContain('\n  validation_split: 0.1\n');
    expect(writeConfigText(rest)).not.toContain('delimiter');
    expect(writeConfigText({ ...rest, delimiter: '\t' })).toContain('\n  delimiter: "\\t"\n');
  });

  it.each([
    choices,
    { ...choices, methods: ['prefix', 'lora', 'ln-tuning'] },
    { ...choices, methods: ['unified'] },
    { ...choices, task: 'regression', columns: { text: "it's", text_pair: 'a: b', label: '1' } },
    { ...choices, task: 'masked-lm', train: 'my "corpus" #1\'s.txt', validation: 'été/日本 語.txt' },
    { ...choices, task: 'token-classification', train: 'a\tb.conll', columns: { tokens: 'wörter', label: 'true' } },
    { ...choices, train: 'two\nlines.tsv', model: '../my models/tiny' },
  ] as const)('is a config that is right and says it back: %j', (chosen) => {
    const { diagnostics, config, input } = checkConfig(writeConfigText(chosen));
    expect(diagnostics).toEqual([]);
    expect(config).toMatchObject({ model: chosen.model, task: chosen.task });
    const columns = 'columns' in chosen ? chosen.columns : {};
    expect(input?.data).toMatchObject({ train: chosen.train, validation: chosen.validation, ...columns });
    expect(config?.methods.length).toBe(chosen.methods[0] === 'unified' ? 3 : chosen.methods.length);
  });
});
