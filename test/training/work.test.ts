import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { openSafetensors } from '../../extension/checkpoint/format/safetensors.ts';
import { evaluateRun } from '../../extension/inference/evaluateRun.ts';
import { predict } from '../../extension/inference/predict.ts';
import { attempt, createRun, examples, smallConfig } from '../support/smallRun.ts';
import { temporaryFolder } from '../support/temporaryFolder.ts';

describe('work', () => {
  it('journals hello, progress, evaluations and checkpoints, and keeps what was tuned', async () => {
    const run = await createRun(smallConfig(temporaryFolder()));
    const { events, outcome } = await attempt(run, false);
    expect(outcome).toEqual({ state: 'finished', step: 10 });
    expect(events[0]!.type).toBe('hello');
    expect(events.filter(({ type }) => type === 'progress')).toHaveLength(10);
    expect(events.filter(({ type }) => type === 'evaluation')).toMatchObject([{ step: 5 }, { step: 10 }]);
    expect(events.filter((event) => event.type === 'warning')).toEqual([]);
    const { entries } = await openSafetensors(path.join(run, 'adapter', 'adapter.safetensors'));
    const names = [...entries.keys()];
    expect(names).toContain('encoder.layer.0.attention.output.LayerNorm.weight');
    expect(names).toContain('classifier.weight');
    expect(names.some((name) => name.includes('attention.self'))).toBe(false);
  });

  it('evaluates before the first step when told to', async () => {
    const training = { max_steps: 1, batch_size: 8, eval_on_start: true };
    const { events } = await attempt(await createRun(smallConfig(temporaryFolder(), { training })), false);
    expect(events.filter(({ type }) => type === 'evaluation')).toMatchObject([
      { step: 0, split: 'before-tuning' },
      { step: 1, split: 'validation' },
    ]);
  });

  it('says that tensors do not move when the learning rate is too small for them', async () => {
    const training = { max_steps: 4, batch_size: 8, learning_rate: 1e-30, head_learning_rate: 1e-3 };
    const { events } = await attempt(await createRun(smallConfig(temporaryFolder(), { training })), false);
    const warning = events.find((event) => event.type === 'warning');
    expect(warning).toMatchObject({ code: 'nothing-moves' });
    expect(warning?.type === 'warning' && warning.message).toMatch(/LayerNorm.*raise the learning rate/);
  });

  it('says that a run of one step has tuned nothing, for its only step is the first of the warm-up', async () => {
    const warningsOf = async (training: object) => {
      const { events } = await attempt(await createRun(smallConfig(temporaryFolder(), { training })), false);
      return events.flatMap((event) => (event.type === 'warning' ? [event.message] : []));
    };
    expect(await warningsOf({ max_steps: 1, batch_size: 8 })).toEqual([
      expect.stringMatching(/after 1 step: .*; the learning rate is 0 in the first step of a warm-up; raise training/),
    ]);
    expect(await warningsOf({ max_steps: 1, batch_size: 8, warmup_ratio: 0 })).toEqual([]);
  });

  it('predicts and evaluates with what it tuned', async () => {
    const folder = temporaryFolder();
    const run = await createRun(smallConfig(folder));
    await attempt(run, false);
    const { predictions } = await predict(run, { kind: 'text', text: 'the plot was not dull .' }, () => {});
    const shares = Object.values(predictions[0]!.probabilities!);
    expect(Object.keys(predictions[0]!.probabilities!)).toEqual(['negative', 'positive']);
    expect(shares[0]! + shares[1]!).toBeCloseTo(1, 6);

    const validation = path.join(folder, 'validation.tsv');
    const out = path.join(folder, 'answers.jsonl');
    expect(await predict(run, { kind: 'file', file: validation, out }, () => {})).toEqual({
      predictions: [],
      rows: 20,
    });
    const lines = readFileSync(out, 'utf8').trim().split('\n');
    expect(lines).toHaveLength(20);

    const report = await evaluateRun(run, validation, () => {});
    const wrong = readFileSync(report.misclassifiedFile!, 'utf8').split('\n').filter(Boolean).length;
    expect(report.rows).toBe(20);
    expect(report.metrics.accuracy).toBeCloseTo(1 - wrong / 20, 12);
    expect(report.confusion!.flat().reduce((a, b) => a + b)).toBe(20);
  });

  it('names file, line and cure of a bad row, or skips it', async () => {
    const folder = temporaryFolder();
    const config = smallConfig(folder);
    writeFileSync(path.join(folder, 'validation.tsv'), 'text\tlabel\nthe plot was dull .\tnegative\n\tpositive\n');
    await expect(createRun(config)).rejects.toThrow(
      /validation\.tsv:3: `text` must not be empty; fill it in, or set data\.on_bad_row: skip/,
    );
    const data = { train: 'train.tsv', validation: 'validation.tsv', on_bad_row: 'skip' };
    writeFileSync(config, JSON.stringify({ ...JSON.parse(readFileSync(config, 'utf8')), data }));
    const { events } = await attempt(await createRun(config), false);
    expect(events.find(({ type }) => type === 'warning')).toMatchObject({
      code: 'bad-rows',
      message: expect.stringContaining('validation.tsv: 1 of 2 rows are bad and were skipped (50 %); the first ones:'),
    });
  });

  it('judges and predicts all rows of a file, read as the config says, and marks those it skips', async () => {
    const folder = temporaryFolder();
    const config = smallConfig(folder, {
      data: {
        train: { file: 'train.txt', limit: 3 },
        ...{ validation: 'validation.txt', format: 'tsv', columns: ['text', 'label'], encoding: 'latin1' },
        ...{ max_length: 32, on_bad_row: 'skip' },
      },
      training: { max_steps: 1, batch_size: 2 },
    });
    const rows = ['très dull\tnegative', 'so good\tpositive', 'fine\tpositive', 'bad\tnegative', 'dull\tnegative'];
    const written = (name: string, lines: readonly string[]): string => {
      const file = path.join(folder, name);
      writeFileSync(file, Buffer.from(`${lines.join('\n')}\n`, 'latin1'));
      return file;
    };
    const train = written('train.txt', rows);
    written('validation.txt', rows);
    const more = written('new.txt', ['no label', ...rows, '\tpositive']);
    const run = await createRun(config);
    await attempt(run, false);
    expect((await evaluateRun(run, train, () => {})).rows).toBe(5);
    const { rows: judged, skipped } = await evaluateRun(run, more, () => {});
    expect(judged).toBe(5);
    expect(skipped).toMatchObject({
      count: 2,
      examples: [expect.stringContaining('new.txt:1: must have 2 fields'), expect.stringContaining('new.txt:7: ')],
    });
    const out = path.join(folder, 'answers.jsonl');
    const answered = await predict(run, { kind: 'file', file: more, out }, () => {});
    expect(answered).toMatchObject({ predictions: [], rows: 5, skipped: { count: 2 } });
    const lines = readFileSync(out, 'utf8')
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line));
    expect(lines.map(({ line, text, skipped }) => [line, text ?? skipped])).toEqual([
      [1, 'must have 2 fields as data.columns has, got 1'],
      ...rows.map((row, i) => [i + 2, row.split('\t')[0]]),
      [7, '`text` must not be empty'],
    ]);
  });

  it.each([
    [
      'entities',
      { task: 'token-classification', data: { train: file('entities-train.conll'), validation_split: 0.1 } },
    ],
    ['masked-lm', { task: 'masked-lm', data: { train: file('reviews-validation.tsv'), validation_split: 0.1 } }],
  ])('trains %s', async (_, extra) => {
    const training = { max_steps: 4, batch_size: 8 };
    const { events, outcome } = await attempt(
      await createRun(smallConfig(temporaryFolder(), { ...extra, training })),
      false,
    );
    expect(outcome.state).toBe('finished');
    const last = events.findLast((event) => event.type === 'evaluation');
    expect(last?.type === 'evaluation' && Number.isFinite(last.metrics.loss)).toBe(true);
  });
});

function file(name: string): string {
  return path.join(examples, 'data', name);
}
