import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { checkConfig } from '../../extension/config/checks/check.ts';
import { complete } from '../../extension/config/editor/complete.ts';
import { guessColumns } from '../../extension/data/rows/columns.ts';
import { input } from '../../extension/graph/ops.ts';
import { typeText } from '../../extension/graph/value.ts';
import { metricOf } from '../../extension/metrics/registry.ts';
import { headKinds } from '../../extension/models/model/model.ts';
import { findTask, type KnownTask, knownTask, taskNames, tasks } from '../../extension/tasks/registry.ts';
import { possibleMetrics, usualMetrics } from '../../extension/tasks/taskMetrics.ts';

const docs = readFileSync('docs/tasks.md', 'utf8');
const labelsOf = ({ labels }: KnownTask): readonly string[] => (labels === 'classes' ? ['O', 'B-x', 'I-x'] : []);

describe('the registry of tasks', () => {
  it('holds each name once, and none of another version', () => {
    expect(new Set(taskNames).size).toBe(tasks.length);
    expect(taskNames.map((name) => findTask(name).name)).toEqual(taskNames);
    expect(knownTask('sorting')).toBeUndefined();
    expect(knownTask(undefined)).toBeUndefined();
  });
});

describe.each(tasks.map((task) => [task.name, task] as const))('%s', (name, task: KnownTask) => {
  const config = (more = ''): string =>
    `model: bert\ntask: ${name}\ndata: {train: a.jsonl, validation: b.jsonl}\nmethods: ln-tuning\n${more}`;

  it('is documented with its title, its columns and its metrics', () => {
    const row = docs.split('\n').find((line) => line.startsWith(`| \`${name}\``))!;
    expect(row).toContain(` ${task.title}. `);
    for (const word of [...Object.keys(task.columns), ...possibleMetrics(task)]) expect(row).toContain(`\`${word}\``);
  });

  it('is a config’s task, with every metric of its own to stop by', async () => {
    const metrics = possibleMetrics(task);
    for (const metric of ['loss', ...metrics]) {
      const { diagnostics } = checkConfig(config(`training: {early_stopping: {metric: ${metric}}}\n`));
      expect(diagnostics).toEqual([]);
    }
    const text = config('training: {early_stopping: {metric: }}\n');
    const offered = await complete(text, text.indexOf('metric: }') + 8, {
      listFolder: async () => [],
      columns: async () => [],
    });
    expect(offered.map(({ label }) => label)).toEqual(expect.arrayContaining([...usualMetrics(task)]));
    expect(metricOf(metrics[0]!).direction).not.toBeNull();
  });

  it('resolves to the columns that it reads, and has some to read in a file with all of them', () => {
    const { config: resolved } = checkConfig(config());
    const { text, tokens, label } = resolved!.data.train;
    expect({ text, tokens, label }).toEqual({
      text: task.columns.text ? 'text' : null,
      tokens: task.columns.tokens ? 'tokens' : null,
      label: task.columns.label ? 'label' : null,
    });
    const cells = { text: 'a b', label: 'x', tokens: ['a', 'b'], tags: ['O', 'O'], prompt: 'c', completion: 'd' };
    const guess = guessColumns(Object.keys(cells), [{ file: 'a', line: 1, cells }], task);
    for (const [key, need] of Object.entries(task.columns)) {
      if (need === 'needed') expect(guess[key as 'text']).toBeDefined();
    }
  });

  it('has a loss and evaluation outputs in the graph, and an evaluator of its metrics', () => {
    expect(headKinds).toContain(task.head);
    const outputs = task.outputs(labelsOf(task), 99);
    const rows = task.picksRows ? ['M'] : task.head === 'sequence' ? ['B'] : ['B', 'S'];
    const logits = input('logits', 'f32', [...rows, outputs]);
    const { dtype, shape } = task.labelsInput(outputs);
    const labels = input('labels', dtype, shape);
    expect(typeText(task.loss(logits, labels, 0))).toBe('f32[]');
    expect(Object.keys(task.evaluationOutputs(logits, labels)).length).toBeGreaterThan(0);
    expect(Object.keys(task.evaluator(labelsOf(task)).metrics(1))).toEqual(usualMetrics(task));
  });
});
