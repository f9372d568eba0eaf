import { describe, expect, it } from 'vitest';
import type { RowOutcomesFile } from '../../../extension/contract/rowOutcomes.ts';
import type { RunState } from '../../../extension/contract/run.ts';
import { judge } from '../../../extension/experiments/verdict/judge.ts';
import { pairDetails } from '../../../extension/experiments/verdict/pairDetails.ts';
import { questionsOfRuns, type RunResult } from '../../../extension/experiments/verdict/questionsOfRuns.ts';
import { runEntry } from '../../support/runEntry.ts';

interface Parts {
  readonly seed?: number;
  readonly state?: RunState;
  readonly createdAt?: string;
  readonly hashes?: Readonly<Record<string, string>>;
  readonly data?: object;
  readonly metrics?: Readonly<Record<string, number>>;
  readonly outcomes?: RowOutcomesFile;
}

const testData = { train: { file: 'a/train.tsv' }, test: { file: 'a/test.tsv' } };

function result(arm: string, parts: Parts = {}): RunResult {
  const { seed = 1, state = 'finished', createdAt = '2025-01-01', metrics = { test_accuracy: 0.75 } } = parts;
  const { hashes = { train: '1', test: '2' }, data = testData, outcomes } = parts;
  const record = { seed, createdAt, dataHashes: { ...hashes }, config: { data } };
  const entry = runEntry({ id: arm, state, record, summary: { metrics: { ...metrics }, elapsedSeconds: 7 } });
  return { ...entry, arm, evaluations: 2, outcomes: (split) => (outcomes?.split === split ? outcomes : undefined) };
}

const ask = (runs: readonly RunResult[]) => questionsOfRuns(runs, () => 'accuracy', undefined);

/** Four rows, of which these are right. */
const rows = (predicted: readonly number[], more: Partial<RowOutcomesFile> = {}): RowOutcomesFile => ({
  version: 1,
  split: 'test',
  step: 10,
  kind: 'classes',
  columns: { label: [0, 1, 0, 1], predicted: [...predicted] },
  ...more,
});

describe('what runs answer', () => {
  it('is one question for each set of rows', () => {
    const other = { hashes: { train: '1', test: '3' }, createdAt: '2025-02-01' };
    const questions = ask([result('a'), result('b'), result('a', other), result('b', { seed: 2 })]);
    expect(questions.map(({ title, split, arms }) => [title, split, arms.map(({ name }) => name)])).toEqual([
      [expect.stringMatching(/^test\.tsv, as of 20/), 'test', ['a', 'b']],
      [expect.stringMatching(/^test\.tsv, as of 20/), 'test', ['a']],
    ]);
    expect(ask([result('a')])[0]!.title).toBe('test.tsv');
    const part = { ...testData, test: { file: 'a/test.tsv', limit: 10 } };
    expect(ask([result('a'), result('b', { data: part })])).toHaveLength(2);
  });

  it('counts the evaluations that a checkpoint was chosen from, and knows runs that stop early', () => {
    const training = (own: object) => {
      const one = result('a');
      const config = { ...one.record.config, training: { ...own } };
      return ask([{ ...one, record: { ...one.record, config } }])[0]!.arms[0]!.runs[0]!;
    };
    expect(training({})).toMatchObject({ evaluations: 2 });
    expect(training({ keep_best: false })).toMatchObject({ evaluations: 1 });
    expect(training({})).not.toHaveProperty('stopsEarly');
    expect(training({ early_stopping: { metric: null, patience: 2 } })).toMatchObject({ stopsEarly: true });
  });

  it('is judged on test rows where there are some, else on validation rows', () => {
    expect(ask([result('a')])[0]!.arms[0]!.runs[0]).toMatchObject({ score: 0.75, seconds: 7, evaluations: 2 });
    const validated = { hashes: { train: '1', validation: '2' }, metrics: { accuracy: 0.5 } };
    expect(ask([result('a', validated)])[0]).toMatchObject({ split: 'validation', rowsDiffer: false });
    expect(ask([result('a', validated)])[0]!.arms[0]!.runs[0]!.score).toBe(0.5);
    const drawn = { hashes: { train: '1' }, metrics: { accuracy: 0.5 } };
    expect(ask([result('a', drawn)])[0]).toMatchObject({ split: 'validation', rowsDiffer: true, title: 'train.tsv' });
  });

  it('has no score of runs that did not finish, and says why', () => {
    const runs = [result('a', { state: 'failed' }), result('a', { seed: 2, metrics: {} })];
    expect(ask(runs)[0]!.arms[0]!.runs).toMatchObject([
      { seed: 1, score: undefined, state: 'failed' },
      { seed: 2, score: undefined, state: 'has no accuracy' },
    ]);
  });

  it('counts one run of each seed: repeats are no further evidence', () => {
    const runs = [
      result('a', { metrics: { test_accuracy: 0.6 } }),
      result('a', { metrics: { test_accuracy: 0.7 }, createdAt: '2025-02-01' }),
      result('a', { state: 'failed', createdAt: '2025-03-01' }),
      result('b'),
    ];
    const [question] = ask(runs);
    expect(question!.arms[0]).toMatchObject({ runs: [{ seed: 1, score: 0.7 }], repeatedSeeds: [1] });
    expect(judge([question!])[0]!.warnings).toContain(
      'a: more than one run of seed 1; one of each counts, for equal seeds repeat each other',
    );
  });
});

describe('arms whose metric counts tokens', () => {
  const spoken = (arm: string, seed: number, score: number, more: Spoken = {}): RunResult => {
    const { max_length = 64, mlm_probability = 0.15, task = 'masked-lm', tokenizer = 'bert', ...data } = more;
    const entry = runEntry({
      id: `${arm}${seed}`,
      record: {
        ...{ task, seed, model: 'm', dataHashes: { train: '1', test: '2' } },
        base: { commit: null, files: { 'tokenizer.json': tokenizer } },
        config: { data: { test: { file: 'test.txt' }, max_length, ...data }, training: { mlm_probability } },
      },
      summary: { metrics: { test_perplexity: score } },
    });
    return { ...entry, arm, evaluations: 2, outcomes: () => undefined };
  };
  const verdictOf = (of: Spoken, other: Spoken) => {
    const seeds = [1, 2, 3, 4];
    const runs = seeds.flatMap((seed) => [
      spoken('a', seed, 3 + seed / 100, of),
      spoken('b', seed, 4 + seed / 100, other),
    ]);
    const [verdict, ...others] = judge(questionsOfRuns(runs, () => 'perplexity', undefined));
    expect(others).toEqual([]);
    return verdict!;
  };

  it.each<[string, Spoken]>([
    ['another length', { max_length: 256 }],
    ['another share of hidden tokens', { mlm_probability: 0.4 }],
    ['split texts', { long_texts: 'split' }],
    ['another tokenizer', { tokenizer: 'gpt2' }],
  ])('are not compared with %s', (_, other) => {
    const { question, pairs, warnings, leaderboard } = verdictOf({}, other);
    expect(pairs).toMatchObject([{ verdict: 'untested', p: undefined, better: undefined }]);
    expect(pairs[0]!.sentence).toBe('a and b are not compared: perplexity counts different tokens.');
    expect(warnings).toEqual([
      'arms become different tokens, and perplexity is a mean over them; give all the same model, data.max_length, long_texts, chat_template and training.mlm_probability',
    ]);
    expect(leaderboard.map(({ spread }) => spread!.n)).toEqual([4, 4]);
    expect(pairDetails(question, 'a', 'b').order).toBeUndefined();
  });

  it('are compared where tokens are the same, though each seed hides others', () => {
    const { pairs, warnings } = verdictOf({}, {});
    expect(pairs).toMatchObject([{ verdict: 'better', p: 2 / 70 }]);
    expect(warnings).toEqual([]);
  });
});

interface Spoken {
  readonly task?: 'masked-lm' | 'causal-lm';
  readonly max_length?: number;
  readonly mlm_probability?: number;
  readonly long_texts?: string;
  /** Null: not on record. */
  readonly tokenizer?: string;
}

describe('the outcomes of rows', () => {
  const outcomesOf = (outcomes: RowOutcomesFile) => ask([result('a', { outcomes })])[0]!.arms[0]!.runs[0]!.outcomes;

  it('are taken where they give the score again', () => {
    expect(outcomesOf(rows([0, 1, 0, 0]))).toEqual({ kind: 'classes', width: 2, values: [0, 0, 1, 1, 0, 0, 1, 0] });
    expect(ask([result('a', { outcomes: rows([0, 1, 0, 0]) })])[0]!.scoreOfRows).toBeDefined();
  });

  it('are left out where they are of other weights, of another kind or broken', () => {
    expect(outcomesOf(rows([0, 1, 0, 1]))).toBeUndefined();
    expect(outcomesOf(rows([0, 1, 0, 0], { kind: 'pixels' }))).toBeUndefined();
    expect(outcomesOf(rows([0, 1, 0, 0], { columns: { label: [0, 1, 0, 1] } }))).toBeUndefined();
    expect(outcomesOf(rows([], { columns: { label: [], predicted: [] } }))).toBeUndefined();
    expect(outcomesOf(rows([0, 1, 0, 0], { split: 'validation' }))).toBeUndefined();
  });

  it('are those of a score as large as prices squared, though sums in another order differ in last digits', () => {
    const label = Array.from({ length: 50 }, (_, i) => 1e6 * Math.sin(i) + 0.1 * i);
    const predicted = label.map((one, i) => one + 1e4 * Math.cos(7 * i));
    const score = label.reduce((sum, one, i) => sum + (predicted[i]! - one) ** 2, 0) / label.length;
    const runOf = (test_mse: number) => {
      const outcomes = rows([], { kind: 'numbers', columns: { label, predicted } });
      const run = result('a', { metrics: { test_mse }, outcomes });
      return questionsOfRuns([run], () => 'mse', undefined)[0]!.arms[0]!.runs[0]!;
    };
    expect(runOf(score).outcomes).toMatchObject({ kind: 'numbers', width: 2 });
    expect(runOf(1.01 * score).outcomes).toBeUndefined();
  });

  it('tell the rows that only one of two runs with equal seeds has right', () => {
    const runs = [
      result('a', { outcomes: rows([0, 1, 0, 0]) }),
      result('b', { outcomes: rows([0, 0, 0, 1]) }),
      result('b', { seed: 2, outcomes: rows([1, 1, 0, 1]) }),
    ];
    const { flips, order } = pairDetails(ask(runs)[0]!, 'a', 'b');
    expect(flips).toEqual([{ seed: 1, onlyFirst: [1], onlySecond: [3], bothRight: 2, bothWrong: 0, p: 1 }]);
    expect(order).toMatchObject({ violation: 0.5 });
    expect(pairDetails({ ...ask(runs)[0]!, rowsDiffer: true }, 'a', 'b').flips).toEqual([]);
  });
});
