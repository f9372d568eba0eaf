import { describe, expect, it } from 'vitest';
import { type Completion, complete } from '../../../extension/config/editor/complete.ts';
import { hoverAt } from '../../../extension/config/editor/hover.ts';
import { parseConfig } from '../../../extension/config/text/parse.ts';
import { sweepFile } from '../../../extension/experiments/editor/sweepFile.ts';

const listing = {
  listFolder: async () =>
    ['reviews.peft.yaml', 'train.tsv', 'reviews.sweep.yaml'].map((name) => ({ name, kind: 'file' as const })),
  columns: async () => undefined,
};

/** What is offered at `|`. */
async function offered(marked: string): Promise<readonly Completion[]> {
  const offset = marked.indexOf('|');
  return await complete(marked.replace('|', ''), offset, listing, sweepFile);
}

const labels = async (marked: string): Promise<readonly string[]> => (await offered(marked)).map(({ label }) => label);

const start = 'experiment: reviews.peft.yaml\nmethods: [ln-tuning, bitfit]\n';

describe('completion in a sweep', () => {
  it('offers a whole sweep in an empty file, then the keys that it must have', async () => {
    expect((await labels('|')).slice(0, 3)).toEqual(['a whole sweep', 'experiment', 'methods']);
  });

  it('offers keys that are not there yet', async () => {
    expect(await labels(`${start}|`)).toEqual(['grid', 'tune', 'seeds', 'reference', 'where', 'limit']);
  });

  it('offers configs as experiments, and no data', async () => {
    expect(await labels('experiment: |')).toEqual(['reviews.peft.yaml']);
  });

  it.each([
    ['an arm', 'methods:\n  - |'],
    ['a part of a union', 'methods:\n  - [prefix, |]'],
    ['what has a name of its own', 'methods:\n  - small: [|]'],
  ])('offers methods as %s', async (_, text) => {
    expect(await labels(text)).toEqual(expect.arrayContaining(['ln-tuning', 'lora', 'unified']));
  });

  it('offers options of a method in an arm', async () => {
    expect(await labels('methods:\n  - lora:\n      |')).toEqual(expect.arrayContaining(['rank', 'alpha']));
    expect(await labels('methods:\n  - small: [{lora: {|}}]')).toEqual(expect.arrayContaining(['rank']));
  });

  it('offers keys of the config where a sweep varies them, those of training first, and none that it sets itself', async () => {
    const keys = await labels(`${start}grid:\n  |`);
    expect(keys[0]).toMatch(/^training\./);
    expect(keys).toEqual(expect.arrayContaining(['training.learning_rate', 'data.max_length', 'backbone']));
    expect(keys).not.toContain('training.seed');
    expect(keys).not.toContain('methods');
    expect(await labels(`${start}tune:\n  |`)).toEqual(
      expect.arrayContaining(['training.learning_rate', 'search', 'seeds', 'metric']),
    );
  });

  it('offers whole values of a key that is varied: a list of its words, or rates that are known to work', async () => {
    expect(await labels(`${start}grid:\n  backbone: |`)).toEqual(['[fp32, int8, auto]']);
    expect(await labels(`${start}grid:\n  backbone: [|]`)).toEqual(['fp32', 'int8', 'auto']);
    expect(await labels(`${start}tune:\n  training.learning_rate: |`)).toEqual([
      '[3e-4, 0.001, 0.003]',
      '{from: 1e-5, to: 0.1, scale: log, count: 5}',
    ]);
  });

  it('offers the names of arms as reference, and metrics that can choose', async () => {
    expect(await labels('methods: [lora, {small: [prefix]}]\nreference: |')).toEqual(['lora', 'small']);
    const metrics = await labels(`${start}tune:\n  metric: |`);
    expect(metrics).toEqual(expect.arrayContaining(['accuracy', 'loss']));
  });
});

describe('hovers in a sweep', () => {
  const hover = (marked: string): string | undefined =>
    hoverAt(parseConfig(marked.replace('|', '')), marked.indexOf('|'), {}, sweepFile)?.markdown;

  it('say what a key of the sweep means', () => {
    expect(hover(`${start}se|eds: 5`)).toContain('Seeds of the runs that give the results');
    expect(hover(`${start}where: {at_on|ce: 2}`)).toContain('Runs at the same time');
  });

  it('say what a key of the config means where it is varied', () => {
    const text = hover(`${start}tune: {training.learn|ing_rate: [1e-3]}`)!;
    expect(text).toContain('Peak learning rate');
    expect(text).toContain('a list of values or a range');
  });

  it('say what a method of an arm tunes, in a union and under a name of its own too', () => {
    for (const text of ['methods: [bit|fit]', 'methods: [[prefix, bit|fit]]', 'methods: [{own: [bit|fit]}]'])
      expect(hover(text)).toContain('BitFit');
    expect(hover('methods: [{lora: {ra|nk: 4}}]')).toContain('lora.rank');
  });
});
