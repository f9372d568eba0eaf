import { basename } from 'node:path';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import type { TunedModel } from '../../extension/checkpoint/tunedModel.ts';
import { type ExportFormat, exportFormats } from '../../extension/contract/exportFormat.ts';
import { asCode, modelCard } from '../../extension/export/modelCard.ts';
import { tunedModel } from '../support/tunedModels.ts';

const commit = '0123456789abcdef0123456789abcdef01234567';

/** The same tuned model as if its base had come from the hub. */
const fromHub = (tuned: TunedModel, modelName: string): TunedModel => ({
  ...tuned,
  modelName,
  model: { ...tuned.model, folder: `/cache/models--some/snapshots/${commit}` },
});
const frontMatter = (card: string): unknown => parse(/^---\n(.*?)\n---\n/s.exec(card)![1]!);

const run = {
  record: {
    id: '20260101-bert',
    seed: 7,
    counts: {
      ...{ method: 1536, methodTrained: 1536, head: 99, base: 1_234_567, percent: 0.12441 },
      ...{ byComponent: {}, byLayer: [] },
    },
    config: {
      data: {
        train: { file: '/home/somebody/reviews.tsv', limit: 500 },
        validation: null,
        test: { file: 'hf://datasets/some/reviews/test.parquet' },
        validation_split: 0.1,
      },
      methods: [],
      training: {},
    },
    dataHashes: { train: 'ab12', test: 'cd34' },
  },
  summary: { metrics: { accuracy: 0.912345, 'macro_f1 [x](y)': Number.NaN }, metricsStep: 120 },
};

describe('a model card', () => {
  it('has what Hugging Face looks for on top, and what the run was below', async () => {
    const tuned = fromHub(await tunedModel('bert-sequence', '[lora: {rank: 2}, ln-tuning]'), 'google-bert/bert-base');
    const card = modelCard(tuned, 'peft', { run });
    expect(frontMatter(card)).toEqual({
      base_model: 'google-bert/bert-base',
      base_model_relation: 'adapter',
      library_name: 'peft',
      pipeline_tag: 'text-classification',
      tags: ['peft-lab', 'lora', 'ln-tuning'],
    });
    expect(card).toContain(`- Base: \`google-bert/bert-base\` at commit \`${commit}\`\n`);
    expect(card).toContain('- Labels, from 0: `bad`, `fair`, `good`\n');
    expect(card).toContain('- Methods: LoRA `{"rank":2,');
    expect(card).toContain("- Tuned: method 1,536 (0.12\u202f% of the base's 1,234,567), head 99 numbers\n");
    expect(card).toContain('- Metrics: `accuracy` 0.9123, `macro_f1 [x](y)` NaN (at step 120)\n');
    expect(card).toContain(
      '- Data: train `reviews.tsv` (at most 500 rows, SHA-256 `ab12`); test `hf://datasets/some/reviews/test.parquet` (SHA-256 `cd34`); validation: a share of 0.1 of the train rows\n',
    );
    expect(modelCard(tuned, 'gguf', { run, isCopy: true })).toContain(
      '(at step 120; with the base as the run had it, not as it is in this file)\n',
    );
    expect(card).toContain('- Run: `20260101-bert`, seed 7\n');
    expect(card).toContain(`from_pretrained("google-bert/bert-base", revision="${commit}", num_labels=3)`);
    expect(card).toContain('The folder was reopened and its logits compared when it was written. ');
    expect(card).toMatch(/Folders of its kind were tested with peft [\d.]+ and transformers [\d.]+ and [\d.]+\.\n$/);
  });

  it('says for the hub how to load it from there, over which seeds it was measured, and no path of this machine', async () => {
    const tuned = await tunedModel('bert-sequence', 'ln-tuning');
    const publication = {
      repository: 'me/reviews',
      overSeeds: ['`accuracy` on test rows 91 %', '`loss` on test rows 0.3'],
    };
    const cardOf = (format: ExportFormat) => modelCard(tuned, format, { run, publication });
    for (const format of exportFormats) {
      expect(cardOf(format)).not.toContain(tuned.model.folder);
      expect(cardOf(format)).toContain(`- Base: \`${basename(tuned.model.folder)}\`\n`);
      expect(cardOf(format)).toContain('- Over seeds: `accuracy` on test rows 91 %; `loss` on test rows 0.3\n');
    }
    expect(cardOf('peft')).toContain('PeftModel.from_pretrained(base, "me/reviews")');
    expect(cardOf('merged')).toContain('AutoTokenizer.from_pretrained("me/reviews")');
    expect(cardOf('onnx')).toMatch(
      /hf download me\/reviews --local-dir model\n.*InferenceSession\("model\/model.onnx"\)/s,
    );
    expect(cardOf('native')).toContain('load_file("model/adapter.safetensors")');
  });

  it('states nothing that was measured with another base, or another scale', async () => {
    const tuned = await tunedModel('bert-sequence', 'ln-tuning');
    const publication = { repository: 'me/reviews', overSeeds: ['`accuracy` 91 %'] };
    const other = { ...run, otherBase: 'another model.safetensors' };
    const card = modelCard(tuned, 'merged', { run: other, publication });
    expect(card).toContain('`; not the one that was trained on, but with `another model.safetensors`\n');
    for (const text of [card, modelCard({ ...tuned, scale: 0.5 }, 'merged', { run, publication })]) {
      expect(text).toContain('- Run: `20260101-bert`, seed 7\n');
      expect(text).not.toMatch(/Metrics:|Over seeds:/);
    }
  });

  it('names the licence of the base', async () => {
    const tuned = await tunedModel('bert-sequence', 'ln-tuning');
    const entries = { license: 'other', license_name: 'some: licence' };
    const card = modelCard(tuned, 'merged', { licence: { licence: 'other: some: licence', entries } });
    expect(frontMatter(card)).toMatchObject(entries);
    expect(card).toContain('- Licence of the base: `other: some: licence`\n');
  });

  it.each([
    ['peft', 'prefix: {length: 2}', 'peft'],
    ['merged', 'ln-tuning', 'transformers'],
    ['onnx', 'prefix: {length: 2}', 'onnx'],
    ['native', 'unified: {length: 2}', 'peft-lab'],
  ] as const)('of the format %s says how it is loaded (%s)', async (format, methods, library) => {
    const tuned = await tunedModel('bert-token', methods);
    const card = modelCard(tuned, format);
    // A folder is not a base that the hub knows.
    expect(frontMatter(card)).toMatchObject({ library_name: library, pipeline_tag: 'token-classification' });
    expect(frontMatter(card)).not.toHaveProperty('base_model');
    expect(card).toContain(`- Base: \`${tuned.model.folder}\`\n`);
    const [, python = ''] = /```python\n(.*?)```/s.exec(card) ?? [];
    expect(python.trim().split('\n').length).toBeLessThanOrEqual(5);
    expect(card.includes('computes no prefix')).toBe(format === 'peft');
  });

  it('keeps text from files text', async () => {
    const labels = ['a|b', '`<img src=x>`', 'x\n---\n# y', '[z](https://example.org)', '', ' \u202e'];
    const tuned = { ...(await tunedModel('bert-sequence', 'ln-tuning')), labels };
    const names = ['a\n---\nlibrary_name: x', '"quoted": [', 'null'];
    const cards = names.map((name) => modelCard(fromHub(tuned, name), 'merged'));
    expect(cards[0]).toContain(
      '`a|b`, `` `<img src=x>` ``, `x\\u{a}---\\u{a}# y`, `[z](https://example.org)`, (empty), `  \\u{202e} `',
    );
    expect(cards.map((card) => (frontMatter(card) as { base_model?: unknown }).base_model)).toEqual([
      ...[undefined, undefined, 'null'],
    ]);
    for (const card of cards) {
      expect(card.match(/^---$/gm)).toHaveLength(2);
      expect(card.match(/^#.*$/gm)).toEqual(['# Merged model', '## Load it', '## Versions']);
    }
  });
});

describe('code in Markdown', () => {
  it.each([
    ['a', '`a`'],
    ['`', '`` ` ``'],
    ['a``b`', '``` a``b` ```'],
    [' a', '`  a `'],
    ['  ', '`  `'],
    ['\ud800', '`\\u{d800}`'],
  ])('of %j is %j', (text, code) => {
    expect(asCode(text)).toBe(code);
  });
});
