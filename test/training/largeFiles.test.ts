import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { allMembers, fileBatches, inFileOrder, splitMembers } from '../../extension/data/batches/rowBatches.ts';
import { BadRows } from '../../extension/data/formats/bytes/badRows.ts';
import { badRow } from '../../extension/tasks/rows/dataError.ts';
import { adapterBytes, attempt, createRun, examples, smallConfig } from '../support/smallRun.ts';
import { temporaryFolder } from '../support/temporaryFolder.ts';

beforeEach(() => void vi.stubEnv('PEFT_LAB_CACHE', temporaryFolder()));
afterEach(() => void vi.unstubAllEnvs());

const indexed = { train: 'train.tsv', validation: 'validation.tsv', max_length: 64, in_memory_mb: 0 };
const file = (name: string) => path.join(examples, 'data', name);

describe('a run on files that stay on disk', () => {
  it('goes over every row of an epoch, evaluates as from memory, and resumes to the bit', async () => {
    const folder = temporaryFolder();
    const config = smallConfig(folder, { data: indexed });
    const whole = await createRun(config);
    const { outcome, events } = await attempt(whole, false);
    expect(outcome).toEqual({ state: 'finished', step: 10 });
    const run = await createRun(config);
    await attempt(run, false, 7);
    expect((await attempt(run, true)).outcome).toEqual(outcome);
    expect(adapterBytes(run).equals(adapterBytes(whole))).toBe(true);

    const inMemory = await attempt(await createRun(config, ['data.in_memory_mb=100']), false);
    const tokens = (all: typeof events) => all.findLast((event) => event.type === 'progress')!.tokens;
    expect(tokens(events)).toBe(tokens(inMemory.events));
    const first = ['training.epochs=1', 'training.eval_on_start=true'];
    const [a, b] = await Promise.all(
      [first, [...first, 'data.in_memory_mb=100']].map(async (overrides) => {
        const { events } = await attempt(await createRun(config, overrides), false);
        return events.find((event) => event.type === 'evaluation')!.metrics;
      }),
    );
    for (const [name, value] of Object.entries(a!)) expect(value).toBeCloseTo(b![name]!, 6);
  });

  it.each([
    [
      'entities',
      { task: 'token-classification', data: { train: file('entities-train.conll'), validation_split: 0.1 } },
    ],
    ['masked-lm', { task: 'masked-lm', data: { train: file('reviews-validation.tsv'), validation_split: 0.1 } }],
    ['head-only', { methods: ['head-only'], data: { train: 'train.tsv', validation_split: 0.2 } }],
  ])('trains %s, with rows set aside', async (_, extra) => {
    const training = { epochs: 2, max_steps: null, batch_size: 64, dropout: 0 };
    const data = { ...extra.data, in_memory_mb: 0 };
    const { events, outcome } = await attempt(
      await createRun(smallConfig(temporaryFolder(), { ...extra, data, training })),
      false,
    );
    expect(outcome.state).toBe('finished');
    const last = events.findLast((event) => event.type === 'evaluation');
    expect(last?.type === 'evaluation' && Number.isFinite(last.metrics.loss)).toBe(true);
  });

  it('are evaluated on the same rows set aside as when held in memory', async () => {
    const training = { max_steps: 1, batch_size: 8, dropout: 0, eval_on_start: true };
    const lossOf = async (in_memory_mb: number) => {
      const data = { train: 'train.tsv', validation_split: 0.2, max_length: 64, in_memory_mb };
      const run = await createRun(smallConfig(temporaryFolder(), { data, training }));
      const { events } = await attempt(run, false);
      const first = events.find((event) => event.type === 'evaluation');
      return first?.type === 'evaluation' ? first.metrics.loss! : Number.NaN;
    };
    expect(await lossOf(0)).toBeCloseTo(await lossOf(256), 5);
  });

  it('indexes each file once, and refuses to go on with another one', async () => {
    const folder = temporaryFolder();
    const config = smallConfig(folder, { data: indexed });
    const run = await createRun(config);
    const cache = path.join(process.env.PEFT_LAB_CACHE!, 'rows');
    expect(readdirSync(cache)).toHaveLength(4);
    await attempt(run, false, 2);
    expect(readdirSync(cache)).toHaveLength(4);
    const train = path.join(folder, 'train.tsv');
    writeFileSync(train, `${readFileSync(train, 'utf8')}the plot was dull .\tnegative\n`);
    await expect(attempt(run, true)).rejects.toThrow(/must be as it was when the run was created/);
  });

  it('names the line of a label that training did not see, or skips the row and says so', async () => {
    const folder = temporaryFolder();
    const config = smallConfig(folder, { data: indexed });
    writeFileSync(path.join(folder, 'validation.tsv'), 'text\tlabel\nthe plot was dull .\tnegative\nso so .\tmixed\n');
    const strict = await createRun(config).catch((error: Error) => error);
    const failed = strict instanceof Error ? strict : await attempt(strict, false).catch((error: Error) => error);
    expect(String(failed)).toMatch(/mixed/);
    const { events, outcome } = await attempt(await createRun(config, ['data.on_bad_row=skip']), false);
    expect(outcome.state).toBe('finished');
    const warnings = events.filter((event) => event.type === 'warning');
    expect(warnings).toHaveLength(1);
    expect(warnings[0]).toMatchObject({
      code: 'bad-rows',
      message: expect.stringMatching(/validation\.tsv:3: .*"mixed"/),
    });
  });
});

describe('fileBatches', () => {
  const size = 250;
  const lengthOf = (row: number) => 1 + ((row * 7919) % 40);
  const reads: number[] = [];
  const rows = {
    example(row: number) {
      reads.push(row);
      if (row === 13) throw badRow({ file: 'a.tsv', line: 14 }, 'must be good', 'correct it');
      return { index: row, inputIds: new Array<number>(lengthOf(row)).fill(1), tokenTypeIds: [], target: [0] };
    },
  };
  const batching = { batchSize: 2, seed: 3, lengthWindow: 50 };

  it('has every good row once an epoch, in batches of similar length, in another order each time', () => {
    const batches = fileBatches(rows, allMembers(size), batching, new BadRows('skip'));
    const epoch = (number: number) => Array.from({ length: size / 2 }, (_, i) => batches.inEpoch(number, i));
    const seen = epoch(0).flatMap((batch) => batch.rows);
    expect(seen.toSorted((a, b) => a - b)).toEqual([...Array(size).keys()].filter((row) => row !== 13));
    expect(epoch(1).flatMap((batch) => batch.rows)).not.toEqual(seen);
    const padding = epoch(0).reduce((sum, { examples: [a, b] }) => {
      return sum + (a && b ? Math.abs(a.inputIds.length - b.inputIds.length) : 0);
    }, 0);
    expect(padding / size).toBeLessThan(0.5);
    expect([...batches.inEvaluation()].flatMap((batch) => batch.rows)).toHaveLength(size - 1);
  });

  it('gives a batch that is asked for first what it gives after all others, and reads one window for it', () => {
    const all = fileBatches(rows, allMembers(size), batching, new BadRows('skip'));
    const through = Array.from({ length: size / 2 }, (_, i) => all.inEpoch(2, i));
    reads.length = 0;
    const late = fileBatches(rows, allMembers(size), batching, new BadRows('skip'));
    expect(late.inEpoch(2, 110)).toEqual(through[110]);
    expect(late.inEpoch(2, 124)).toEqual(through[124]);
    expect(reads).toHaveLength(50);
  });

  it('stops at a bad row where none may be skipped', () => {
    const batches = fileBatches(rows, allMembers(size), batching, new BadRows('error'));
    expect(() => [...batches.inEvaluation()]).toThrow('a.tsv:14: must be good');
  });

  it('sets rows aside without losing or doubling one', () => {
    const { train, validation } = splitMembers(size, 0.1, 5);
    expect([train.size, validation.size]).toEqual([225, 25]);
    const rows = [train, validation].flatMap((part) => Array.from({ length: part.size }, (_, i) => part.rowAt(i)));
    expect(rows.toSorted((a, b) => a - b)).toEqual([...Array(size).keys()]);
    expect(inFileOrder(splitMembers(size, 0.1, 5))).toEqual({
      train: rows.slice(0, 225).toSorted((a, b) => a - b),
      validation: rows.slice(225).toSorted((a, b) => a - b),
    });
    expect(() => splitMembers(1, 0.5, 5)).toThrow('there must be rows left to train on, got 1 to split');
  });
});
