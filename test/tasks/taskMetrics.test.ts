import { describe, expect, it } from 'vitest';
import { findTask, taskNames } from '../../extension/tasks/registry.ts';
import { metricsFor, possibleMetrics, usualMetrics } from '../../extension/tasks/taskMetrics.ts';

describe('the metrics of a task', () => {
  it('come main metric first', () => {
    const main = taskNames.map((name) => [name, usualMetrics(findTask(name))[0]]);
    expect(Object.fromEntries(main)).toMatchObject({
      classification: 'accuracy',
      regression: 'pearson',
      'token-classification': 'entity_f1',
      'masked-lm': 'perplexity',
    });
  });

  it('may be those of spans and those of classes where tags decide', () => {
    const possible = possibleMetrics(findTask('token-classification'));
    expect(possible).toEqual(expect.arrayContaining(['entity_f1', 'entity_precision', 'entity_recall', 'accuracy']));
    expect(possible.filter((name) => name === 'accuracy')).toHaveLength(1);
    expect(possible).toContain('macro_f1');
  });

  it('are those of classes where tags spell no spans', () => {
    const tagging = findTask('token-classification');
    expect(metricsFor(tagging, ['O', 'B-PER'])[0]).toBe('entity_f1');
    expect(metricsFor(tagging, ['O', 'PER'])).toEqual(expect.arrayContaining(['accuracy', 'macro_f1']));
    expect(metricsFor(tagging, ['O', 'PER'])).not.toContain('entity_f1');
    expect(metricsFor(findTask('classification'), ['O', 'PER'])[0]).toBe('accuracy');
  });

  it('are explained where tags spell no spans, with the cure for numbers', () => {
    const { special } = findTask('token-classification');
    expect(special!.note(['O', 'B-PER'])).toBeUndefined();
    expect(special!.note(['ORG', 'O'])).toBe(
      'the tags (ORG, O) mark no spans (no B- and I- before a type): accuracy and macro F1 take the place of entity F1, and accuracy is watched',
    );
    expect(special!.note(['0', '1', '2', '3', '4', '5'])).toBe(
      'the tags (0, 1, 2, 3, 4, … (6)) are numbers: accuracy and macro F1 take the place of entity F1, and accuracy is watched; if they stand for spans, name them in their order: data.labels: [O, B-PER, …]',
    );
  });
});
