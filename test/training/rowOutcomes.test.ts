import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import type { JournalEventOf } from '../../extension/contract/journal.ts';
import type { JudgedSplit } from '../../extension/contract/rowOutcomes.ts';
import { rowScore } from '../../extension/experiments/verdict/rowScore.ts';
import { type RowKind, RowOutcomeList, rowColumns } from '../../extension/metrics/rowOutcomes.ts';
import { readRowOutcomes } from '../../extension/runs/folder/rowOutcomes.ts';
import { attempt, createRun, examples, smallConfig } from '../support/smallRun.ts';
import { temporaryFolder } from '../support/temporaryFolder.ts';

const data = { train: 'train.tsv', validation: 'validation.tsv', test: 'validation.tsv', max_length: 64 };

function outcomesOf(folder: string, split: JudgedSplit) {
  const read = readRowOutcomes(folder, split);
  if (read.kind !== 'ok') throw new Error(read.kind);
  return read.value;
}

/** A metric, computed again from what the folder keeps. */
function again(folder: string, split: JudgedSplit, metric: string): number {
  const { kind, columns } = outcomesOf(folder, split);
  const names = rowColumns[kind as RowKind];
  const rows = columns[names[0]]!.length;
  const values = Array.from({ length: rows }, (_, row) => names.map((name) => columns[name]![row]!)).flat();
  return rowScore(metric, kind as RowKind)!([{ width: names.length, values }])(new Array(rows).fill(1))[0]!;
}

const evaluations = (events: readonly { readonly type: string }[]) =>
  events.filter(({ type }) => type === 'evaluation') as unknown as readonly JournalEventOf<'evaluation'>[];

describe('the outcomes of rows', () => {
  it('are kept of the weights that a run keeps, and give their metrics again', async () => {
    const folder = await createRun(smallConfig(temporaryFolder(), { data }));
    const { events } = await attempt(folder, false);
    const told = evaluations(events);
    const best = told
      .filter(({ split }) => split === 'validation')
      .toSorted((a, b) => b.metrics.accuracy! - a.metrics.accuracy! || a.step - b.step)[0]!;
    const test = told.find(({ split }) => split === 'test')!;
    expect(outcomesOf(folder, 'validation')).toMatchObject({
      version: 1,
      split: 'validation',
      step: best.step,
      kind: 'classes',
    });
    expect(outcomesOf(folder, 'test').step).toBe(best.step);
    for (const metric of ['accuracy', 'macro_f1', 'matthews']) {
      expect(again(folder, 'validation', metric)).toBeCloseTo(best.metrics[metric]!, 12);
      expect(again(folder, 'test', metric)).toBeCloseTo(test.metrics[metric]!, 12);
    }
    // In the order of the file, whatever the order of the batches.
    const labels = readFileSync(path.join(folder, '../../validation.tsv'), 'utf8').trim().split('\n').slice(1);
    const names = labels.map((line) => line.split('\t').at(-1)!);
    const { label } = outcomesOf(folder, 'test').columns;
    expect(new Set(names.map((name, row) => `${name} ${label![row]}`)).size).toBe(2);
  });

  it('are those of the last evaluation where the best weights are not kept', async () => {
    const training = { epochs: 2, batch_size: 8, keep_best: false };
    const folder = await createRun(smallConfig(temporaryFolder(), { training }));
    const { events } = await attempt(folder, false);
    const last = evaluations(events).at(-1)!;
    expect(outcomesOf(folder, 'validation').step).toBe(last.step);
    expect(again(folder, 'validation', 'accuracy')).toBeCloseTo(last.metrics.accuracy!, 12);
    expect(readRowOutcomes(folder, 'test')).toEqual({ kind: 'missing' });
  });

  it('are counts of each sentence for spans', async () => {
    const folder = temporaryFolder();
    const lines = (file: string) =>
      readFileSync(path.join(examples, 'data', file), 'utf8')
        .split('\n\n')
        .slice(0, 16);
    for (const split of ['train', 'validation']) {
      writeFileSync(path.join(folder, `${split}.conll`), `${lines(`entities-${split}.conll`).join('\n\n')}\n`);
    }
    const config = smallConfig(folder, {
      task: 'token-classification',
      data: { train: 'train.conll', validation: 'validation.conll' },
      training: { epochs: 1, batch_size: 8 },
    });
    const run = await createRun(config);
    const { events } = await attempt(run, false);
    const told = evaluations(events).at(-1)!;
    expect(outcomesOf(run, 'validation').columns.tags).toHaveLength(16);
    for (const metric of ['entity_f1', 'entity_precision', 'accuracy']) {
      expect(again(run, 'validation', metric)).toBeCloseTo(told.metrics[metric]!, 12);
    }
  });

  it('come in the order of rows, and of too many rows not at all', () => {
    const list = new RowOutcomeList('classes');
    list.add(2, [1, 1]);
    list.add(0, [0, 1]);
    list.add(1, [1, 0]);
    expect(list.inOrder()).toEqual({ kind: 'classes', width: 2, values: [0, 1, 1, 0, 1, 1] });
    expect(new RowOutcomeList('classes').inOrder()).toBeUndefined();
    const many = new RowOutcomeList('numbers');
    const row = [0, 0];
    for (let index = 0; index <= 200_000; index++) many.add(index, row);
    expect(many.inOrder()).toBeUndefined();
  });
});
