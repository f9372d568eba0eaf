import { describe, expect, it } from 'vitest';
import { checkConfig } from '../../../extension/config/checks/check.ts';
import type { Environment, LabelFacts, ModelFacts } from '../../../extension/config/checks/environment.ts';
import { countConfig } from '../../../extension/config/editor/countConfig.ts';
import { estimateTooltip } from '../../../extension/config/editor/estimateText.ts';
import { startLens } from '../../../extension/config/editor/startLens.ts';
import { readDimensions } from '../../../extension/models/config.ts';
import { newEstimate } from '../../support/newEstimate.ts';

const model = (type: string): ModelFacts => {
  const sizes = { hidden_size: 768, num_hidden_layers: 12, num_attention_heads: 12, intermediate_size: 3072 };
  const positions = { vocab_size: type === 'bert' ? 30522 : 50265, max_position_embeddings: 514 };
  return { kind: 'known', dimensions: readDimensions({ model_type: type, ...sizes, ...positions }, 'config.json') };
};

const twoLabels: LabelFacts = { distinct: ['0', '1'], complete: true };

const world = (facts: ModelFacts, labels?: LabelFacts): Environment => ({
  model: async () => facts,
  listFolder: async () => [],
  columns: async () => undefined,
  labels: async () => labels,
});

const text = (methods: string, rest = 'task: classification') =>
  `model: m\n${rest}\ndata: {train: a.tsv, validation: b.tsv}\nmethods: ${methods}\n`;

async function lens(config: string, environment: Environment) {
  const checked = checkConfig(config);
  const { title, tooltip } = startLens(checked, checked.diagnostics, await countConfig(checked, environment));
  return { title: title.replaceAll('\u00a0', ' '), tooltip };
}

describe('the line that starts a config', () => {
  it('counts method and head apart, as published', async () => {
    expect(await lens(text('[ln-tuning]'), world(model('roberta'), twoLabels))).toEqual({
      title: '▷ Start LN-tuning   38,400 tunable + 592,130 head (0.031\u202f%)',
      tooltip: 'Train ln-tuning.',
    });
    expect((await lens(text('[unified]'), world(model('roberta'), twoLabels))).title).toContain('637,632 tunable');
  });

  it.each([
    ['regression', undefined, '591,361 head'],
    ['token-classification', { distinct: ['O', 'B', 'I'], complete: true }, '2,307 head'],
    ['classification', { distinct: ['0', '1', '2'], complete: true }, '592,899 head'],
  ])('knows the head of %s', async (task, labels, head) => {
    const { title } = await lens(text('[ln-tuning]', `task: ${task}`), world(model('roberta'), labels));
    expect(title).toContain(head);
  });

  it('says what the run would need, unless something stands in its way', async () => {
    const environment = world(model('roberta'), twoLabels);
    const shown = async (config: string) => {
      const checked = checkConfig(config);
      const count = await countConfig(checked, environment);
      const { title, tooltip } = startLens(checked, checked.diagnostics, count, newEstimate());
      return { title: title.replaceAll('\u00a0', ' '), tooltip };
    };
    const { title, tooltip } = await shown(text('[ln-tuning]'));
    expect(title).toBe('▷ Start LN-tuning   38,400 tunable + 592,130 head (0.031\u202f%)   ~510 MB, ~4 min');
    expect(tooltip).toBe(`Train ln-tuning.\n${estimateTooltip(newEstimate())}`);
    expect((await shown(`${text('[ln-tuning]')}epoch: 3\n`)).title).not.toContain('MB');
  });

  it('leaves out what is not known, and says so', async () => {
    const noLabels = await lens(text('[ln-tuning]'), world(model('roberta')));
    expect(noLabels.title).toBe('▷ Start LN-tuning   38,400 tunable (0.031\u202f%)');
    expect(noLabels.tooltip).toContain('depends on the labels');
    const many = await lens(text('[ln-tuning]'), world(model('roberta'), { ...twoLabels, complete: false }));
    expect(many.tooltip).toContain('rows read so far');
    const away = await lens(text('[ln-tuning]'), world({ kind: 'unknown' }));
    expect(away.title).toBe('▷ Start LN-tuning   model not downloaded yet');
    expect((await lens('', world({ kind: 'unknown' }))).title).toMatch(/^▷ Start run {3}\d problems?$/);
  });

  it('is there before anything was looked at', () => {
    const checked = checkConfig(text('[ln-tuning]'));
    expect(startLens(checked, checked.diagnostics, undefined).title).toBe('▷ Start LN-tuning');
  });

  it.each([
    ['[ln-tuning]', 'LN-tuning'],
    ['[bitfit]', 'BitFit'],
    ['unified', 'Unified'],
    ['[ln-tuning, ln-tuning]', 'LN-tuning'],
    ['[lora: {rank: 4}, ln-tuning: {terms: gain}]', 'LoRA + LN-tuning'],
    ['', 'run'],
  ])('says what it starts: %s is %s', (methods, name) => {
    const checked = checkConfig(text(methods));
    expect(startLens(checked, [], undefined).title).toBe(`▷ Start ${name}`);
  });

  it('names problems first, and gives no sum that lacks an entry', async () => {
    const { title, tooltip } = await lens(text('[ln-tuning, lorra]'), world(model('roberta'), twoLabels));
    expect(title).toBe('▷ Start LN-tuning + lorra   1 problem');
    expect(tooltip).toContain('underlined');
  });
});

describe('counts of entries', () => {
  const entries = async (methods: string) => {
    const count = await countConfig(checkConfig(text(methods)), world(model('bert'), twoLabels));
    return count.kind === 'counted' ? count.entries.map((entry) => entry?.method) : count.kind;
  };

  it.each([
    ['[ln-tuning, prefix]', [38_400, 294_912]],
    ['ln-tuning', [38_400]],
    ['{unified: {length: 16}}', [637_632]],
    ['[houlsby: {bottleneck: 64}, nonsense]', [2_379_264, undefined]],
    ['[lora: {layers: [40]}]', [undefined]],
    ['[]', []],
    ['', []],
  ])('%s', async (methods, expected) => {
    expect(await entries(methods)).toEqual(expected);
  });

  it('counts while other parts are wrong', async () => {
    const half = 'model: m\ntask: clas\ndata:\n  train\nmethods: [ln-tuning]\n';
    const count = await countConfig(checkConfig(half), world(model('bert'), twoLabels));
    expect(count).toMatchObject({ kind: 'counted', total: { method: 38_400 }, head: 'unknown' });
  });

  it('needs a model', async () => {
    expect((await countConfig(checkConfig('task: classification'), world(model('bert')))).kind).toBe('no-model');
    const unusable = world({ kind: 'unusable', reason: 'no config.json' });
    expect((await countConfig(checkConfig(text('[ln-tuning]')), unusable)).kind).toBe('unusable');
  });
});
