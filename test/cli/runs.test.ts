import { expect, it } from 'vitest';
import { runsTable } from '../../extension/cli/commands/run/runs.ts';
import { runEntry } from '../support/runEntry.ts';

const columns = (...metrics: Readonly<Record<string, number>>[]): string =>
  runsTable(metrics.map((values, i) => runEntry({ id: `run-${i}`, summary: { metrics: values } })))
    .split('\n')[0]!
    .replace(/^.* step {2,}(.*?) {2,}at step.*$/, '$1')
    .replaceAll(/ +/g, ' ');

const entities = { loss: 0.3, entity_f1: 0.8, entity_precision: 0.7, entity_recall: 0.9, accuracy: 0.9 };
const reviews = { loss: 0.3, accuracy: 0.89, test_accuracy: 0.9 };
const places = { loss: 2, perplexity: 7, token_accuracy: 0.6 };

it('lists the main metric of every run, however many tasks there are', () => {
  expect(columns(entities, reviews, places)).toBe('loss entity_f1 accuracy perplexity');
  const others = { loss: 1, pearson: 0.5 };
  expect(columns(entities, reviews, places, others)).toBe('loss entity_f1 accuracy perplexity pearson');
});

it('lists up to four metrics of runs of one task', () => {
  expect(columns(reviews)).toBe('loss accuracy test_accuracy');
  expect(columns(entities)).toBe('loss entity_f1 entity_precision entity_recall');
});

it('lists what a run was judged by beside the main metric of its task', () => {
  const run = runEntry({ summary: { metrics: entities, best: { name: 'accuracy', value: 0.9, step: 1 } } });
  expect(runsTable([run]).split('\n')[0]).toMatch(/loss +accuracy +entity_f1 +entity_precision/);
});
