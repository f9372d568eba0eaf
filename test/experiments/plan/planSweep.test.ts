import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { checkConfig } from '../../../extension/config/checks/check.ts';
import { readSweep } from '../../../extension/experiments/file/readSweep.ts';
import type { Experiment } from '../../../extension/experiments/plan/cells.ts';
import { halvingText } from '../../../extension/experiments/plan/halvingText.ts';
import { halvingPlanOf, planSweep, resultRuns } from '../../../extension/experiments/plan/planSweep.ts';
import { runCount, runCountText } from '../../../extension/experiments/plan/runCount.ts';
import { formatPath } from '../../../extension/problems/finding.ts';

const config = (data = 'data: {train: train.tsv, validation: dev.tsv, test: test.tsv}', more = ''): string =>
  `model: tiny\ntask: classification\n${data}\nmethods: [full]\n${more}`;

const reviews: Experiment = { file: 'reviews.peft.yaml', text: config() };
const letters: Experiment = { file: 'letters.peft.yaml', text: config() };

const sweepOf = (text: string) => readSweep(parse(`experiment: reviews.peft.yaml\n${text}`)).sweep!;

const told = (text: string, experiment: Partial<Experiment> = {}): readonly string[] =>
  planSweep(sweepOf(text), [{ ...reviews, ...experiment }]).findings.map(
    ({ path, message }) => `${formatPath(path)}: ${message}`,
  );

const tuned = `
methods: [ln-tuning, {small: [{prefix: {length: 4}}]}]
tune: {training.learning_rate: [1e-3, 3e-3, 1e-2], seeds: [101, 102]}
seeds: 4
`;

describe('the runs of a sweep', () => {
  it('are methods by seeds where nothing is tuned', () => {
    const sweep = sweepOf('methods: [ln-tuning, bitfit]\nseeds: [7, 8]');
    const { plan } = planSweep(sweep, [reviews]);
    expect(plan).toMatchObject({ tuningRuns: [], resultCount: 4 });
    expect(resultRuns(sweep, plan!, new Map())).toMatchObject([
      { index: 0, cell: 0, seed: 7, overrides: ['methods=["ln-tuning"]', 'training.seed=7'] },
      { index: 1, cell: 0, seed: 8, overrides: ['methods=["ln-tuning"]', 'training.seed=8'] },
      { index: 2, cell: 1, seed: 7, overrides: ['methods=["bitfit"]', 'training.seed=7'] },
      { index: 3, cell: 1, seed: 8, overrides: ['methods=["bitfit"]', 'training.seed=8'] },
    ]);
    expect(runCount(sweep)).toBe(4);
  });

  it('are tuning runs first, then results with the values that were chosen', () => {
    const sweep = sweepOf(tuned);
    const plan = planSweep(sweep, [reviews]).plan!;
    expect(plan.tuningRuns).toHaveLength(2 * 3 * 2);
    expect(plan.tuningRuns.map(({ index }) => index)).toEqual(plan.tuningRuns.map((_, i) => i));
    expect(plan.tuningRuns[9]).toMatchObject({
      stage: 'tuning',
      cell: 1,
      point: 1,
      seed: 102,
      overrides: ['methods=[{"prefix":{"length":4}}]', 'training.learning_rate=0.003', 'training.seed=102'],
    });
    // The first arm is not settled yet: the second arm's runs have their numbers all the same.
    const results = resultRuns(sweep, plan, new Map([[1, 2]]));
    expect(results.map(({ index, seed }) => [index, seed])).toEqual([
      [16, 1],
      [17, 2],
      [18, 3],
      [19, 4],
    ]);
    expect(results[0]!.overrides).toContain('training.learning_rate=0.01');
    expect(runCount(sweep)).toBe(plan.tuningRuns.length + plan.resultCount);
  });

  it('cross data sets, grid and arms', () => {
    const text = `
experiment: [reviews.peft.yaml, letters.peft.yaml]
methods: [ln-tuning, bitfit, ia3]
grid: {training.batch_size: [8, 16], training.weight_decay: [0, 0.1]}
tune: {training.learning_rate: {from: 1e-4, to: 1e-2, scale: log, count: 5}, seeds: 2}
seeds: 10
`;
    const { sweep } = readSweep(parse(text));
    const plan = planSweep(sweep!, [reviews, letters]).plan!;
    expect(plan.cells).toHaveLength(2 * 4 * 3);
    expect(plan.cells[4]).toMatchObject({
      experiment: reviews,
      arm: { name: 'bitfit' },
      grid: [
        { key: 'training.batch_size', value: 8 },
        { key: 'training.weight_decay', value: 0.1 },
      ],
    });
    expect(plan.cells.at(-1)).toMatchObject({ experiment: letters, arm: { name: 'ia3' } });
    expect(runCount(sweep!)).toBe(2 * 3 * 4 * (5 * 2 + 10));
    expect(plan.tuningRuns.length + plan.resultCount).toBe(runCount(sweep!));
  });

  it('are configs that every check of one run has passed', () => {
    const sweep = sweepOf(tuned);
    const plan = planSweep(sweep, [reviews]).plan!;
    for (const { overrides, seed } of plan.tuningRuns) {
      expect(checkConfig(reviews.text, overrides).config).toMatchObject({ training: { seed } });
    }
  });

  it('have hashes of their own, which say what is trained and not what it is called', () => {
    const hashes = (experiment: Experiment): readonly string[] =>
      planSweep(sweepOf(tuned), [experiment]).plan!.tuningRuns.map(({ configHash }) => configHash);
    const own = hashes(reviews);
    expect(new Set(own).size).toBe(own.length);
    expect(own[0]).toMatch(/^[0-9a-f]{16}$/);
    expect(hashes({ ...reviews, text: `name: another\n# said otherwise\n${reviews.text}` })).toEqual(own);
    const shorter = hashes({ ...reviews, text: config(undefined, 'training: {epochs: 1}') });
    expect(shorter.some((hash) => own.includes(hash))).toBe(false);
  });

  it('lays out a thousand variants in a moment', () => {
    const sweep = sweepOf(`
methods: [ln-tuning, bitfit, ia3, lora]
tune:
  training.learning_rate: {from: 1e-4, to: 1e-1, scale: log, count: 10}
  training.warmup_ratio: [0, 0.06, 0.1, 0.2, 0.3]
  seeds: 5
seeds: 10
`);
    expect(planSweep(sweep, [reviews]).plan!.tuningRuns).toHaveLength(1000);
  });
});

describe('the number of runs in words', () => {
  it.each([
    ['methods: [bitfit, ia3]', '2 arms × 10 seeds = 20 runs'],
    [tuned, '2 arms × (3 values × 2 seeds + 4 seeds) = 20 runs'],
    [
      'methods: [bitfit, ia3]\ngrid: {training.batch_size: [8, 16]}\nseeds: [5]',
      '2 arms × 2 settings × 1 seed = 4 runs',
    ],
    [
      'methods: [bitfit]\ntune: {training.dropout: [0, 0.1], training.warmup_ratio: [0, 0.1], seeds: 1}\nseeds: 4',
      '1 arm × (4 values × 1 seed + 4 seeds) = 8 runs',
    ],
  ])('%j', (text, words) => {
    expect(runCountText(sweepOf(text))).toBe(words);
  });

  it('names several data sets', () => {
    const { sweep } = readSweep({ experiment: ['a', 'b'], methods: ['bitfit', 'ia3'], seeds: 1000 });
    expect(runCountText(sweep!)).toBe('2 data sets × 2 arms × 1,000 seeds = 4,000 runs');
  });
});

describe('a sweep that its configs refuse', () => {
  it.each([
    [
      'methods: [bitfit, ia3]\ngrid: {training.batch_size: [8, 0]}',
      'grid.training.batch_size[1]: must be 1 … 4096, got 0',
    ],
    [
      'methods: [bitfit, {p: [prefix]}]\ngrid: {"methods[0].prefix.length": [4, 8]}',
      'grid.methods[0].prefix.length: methods.0 must be a mapping to set prefix in it, got "bitfit" (arm bitfit)',
    ],
    [
      'methods: [bitfit, ia3]\ngrid: {name: [a, b]}',
      'grid: must all differ, got the same run as "bitfit, name: a" and as "bitfit, name: b"; remove one',
    ],
    [
      'methods: [bitfit, ia3]\ntune: {training.dropout: [0, 0.1], metric: spearman}',
      'tune.metric: must be one of accuracy, macro_f1, micro_f1, matthews, loss for reviews.peft.yaml, got spearman',
    ],
    [
      'methods: [bitfit, ia3]\ntune: {training.dropout: [0, 0.1], search: {halving: {first: 100 steps}}}',
      'tune.search.halving.first: must be epochs as in reviews.peft.yaml, got 100 steps',
    ],
    [
      'methods: [bitfit, ia3]\ntune: {training.dropout: [0, 0.1], search: {halving: {first: 3 epochs}}}',
      'tune.search.halving.first: must be below the 3 epochs of a run of reviews.peft.yaml, got 3 epochs',
    ],
    [
      'methods: [bitfit, ia3]\ntune: {training.epochs: [2, 4], search: halving}',
      'tune.training.epochs: must not be tuned by halving, which compares runs of equal length',
    ],
    [
      'methods: [bitfit, ia3]\nlimit: {runs: 19}',
      'limit.runs: must be at least the 20 runs of this sweep, got 19; raise it, or take fewer values or seeds',
    ],
    [
      'methods: [bitfit, ia3]\ntune: {training.dropout: {from: 0, to: 0.5, count: 50}, training.weight_decay: {from: 0, to: 1, count: 50}, training.warmup_ratio: {from: 0, to: 0.5, count: 50}}',
      'tune: must make 10,000 runs at most, got 2 arms × (125,000 values × 2 seeds + 10 seeds) = 500,020 runs; take fewer values, or search: {random: {runs: 50}}',
    ],
    [
      'methods: [bitfit]\nseeds: 1000\ngrid: {training.batch_size: [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11]}\nlimit: {runs: 20000}',
      'grid: must make 10,000 runs at most, got 1 arm × 11 settings × 1,000 seeds = 11,000 runs; take fewer values or seeds',
    ],
  ])('%j says where', (text, message) => {
    expect(told(text)).toContain(message);
    expect(planSweep(sweepOf(text), [reviews]).plan).toBeUndefined();
  });

  it('takes any metric that its task may have, whatever the labels', () => {
    const speech = config().replace('classification', 'token-classification');
    const choosing = (metric: string) =>
      told(`methods: [bitfit]\ntune: {training.dropout: [0, 0.1], metric: ${metric}}`, { text: speech });
    expect(['entity_f1', 'macro_f1', 'accuracy', 'loss'].flatMap(choosing)).toEqual([]);
    expect(choosing('micro_f1')).toEqual([
      'tune.metric: must be one of entity_f1, entity_precision, entity_recall, accuracy, macro_f1, loss for reviews.peft.yaml, got micro_f1',
    ]);
  });

  it('says once what is wrong with its config', () => {
    expect(told(tuned, { text: config(undefined, 'training: {epochs: 0}') })).toEqual([
      'experiment: reviews.peft.yaml: training.epochs: must be above 0 and at most 10000, got 0',
    ]);
  });

  it('needs rows to tune on, and other rows to judge on for results as good as they look', () => {
    expect(told(tuned, { text: config('data: {train: train.tsv}') })).toEqual([
      'tune: needs validation rows to judge by, got none in reviews.peft.yaml; set data.validation or data.validation_split there',
    ]);
    const without = config('data: {train: train.tsv, validation_split: 0.1}');
    const drawn = expect.stringMatching(/^seeds: each seed will be judged on rows of its own, /);
    expect(told(tuned, { text: without })).toEqual([
      'tune: the validation rows of reviews.peft.yaml choose the values and judge the results, which will be a little too good; set data.test there',
      drawn,
    ]);
    expect(planSweep(sweepOf(tuned), [{ ...reviews, text: without }]).plan).toBeDefined();
  });

  it('says that each seed draws the rows that judge it, unless one seed or rows of a file do', () => {
    const split = (more = '') => ({ text: config(`data: {train: train.tsv, validation_split: 0.1${more}}`) });
    const arms = 'methods: [ln-tuning, bitfit]';
    expect(told(`${arms}\nseeds: 4`, split())).toEqual([
      'seeds: each seed will be judged on rows of its own, which data.validation_split of reviews.peft.yaml draws with the seed, so rows are not compared; set data.test or data.validation there ({file: …, skip: …, limit: …} takes rows of one file)',
    ]);
    expect(told(`${arms}\nseeds: 4`, split(', test: test.tsv'))).toEqual([]);
    expect(told(`${arms}\nseeds: 4`)).toEqual([]);
    expect(told(`${arms}\nseeds: [1]`, split()).filter((text) => text.includes('rows of its own'))).toEqual([]);
  });
});

describe('a tuned key that changes what is measured', () => {
  const speaking = (task: string, files = '{train: train.txt, validation: dev.txt, test: test.txt}') => ({
    text: config(`data: ${files}`).replace('classification', task),
  });
  const tuning = (key: string, values: string, more = '') =>
    `methods: [bitfit]\ntune: {${key}: [${values}], seeds: [77]${more}}`;
  const unlike = (key: string, what: string): string =>
    `tune.${key}: decides which ${what}, so none of its values can be told better than another; put it under grid, or set it in reviews.peft.yaml`;

  it.each([
    ['causal-lm', 'data.max_length', '64, 256', 'tokens perplexity counts'],
    ['causal-lm', 'data.long_texts', 'cut, split', 'tokens perplexity counts'],
    ['masked-lm', 'training.mlm_probability', '0.05, 0.15', 'tokens perplexity counts'],
    ['causal-lm', 'data.validation.limit', '10, 20', 'rows judge'],
    ['causal-lm', 'data.test.skip', '0, 20', 'rows judge'],
  ])('is warned of: %s %s', (task, key, values, what) => {
    const files =
      key.split('.')[1] === 'validation'
        ? '{train: a.txt, validation: {file: b.txt}, test: c.txt}'
        : '{train: a.txt, validation: b.txt, test: {file: c.txt}}';
    expect(told(tuning(key, values), speaking(task, files))).toEqual([unlike(key, what)]);
  });

  it('is warned of where validation rows are a share of those that it changes', () => {
    const drawn = speaking('causal-lm', '{train: {file: a.txt}, validation_split: 0.1, test: c.txt}');
    expect(told(tuning('data.train.limit', '100, 200'), drawn)).toContain(unlike('data.train.limit', 'rows judge'));
    const apart = speaking('causal-lm', '{train: {file: a.txt}, validation: b.txt, test: c.txt}');
    expect(told(tuning('data.train.limit', '100, 200'), apart)).toEqual([]);
  });

  it('is none where rows are labelled, and none under grid', () => {
    expect(told(tuning('data.max_length', '64, 256'))).toEqual([]);
    expect(told(tuning('data.max_length', '64, 256', ', metric: loss'))).toEqual([]);
    expect(told('methods: [bitfit]\ngrid: {data.max_length: [64, 256]}', speaking('causal-lm'))).toEqual([]);
  });
});

describe('a learning rate that is varied', () => {
  const rates = 'tune: {training.learning_rate: [1e-3, 1e-2], seeds: 1}';
  const of = (arms: string, more = rates): string => `methods: ${arms}\n${more}`;

  it('is warned of at an arm that has a rate of its own, which it does not reach', () => {
    const own =
      'methods[0]: ln-tuning has a learning rate of its own, which training.learning_rate does not change; remove it for an arm that is varied as the others are';
    expect(told(of('[{ln-tuning: {learning_rate: 1e-2}}, bitfit]'))).toEqual([own]);
    expect(
      told(of('[{ln-tuning: {learning_rate: 1e-2}}, bitfit]', 'grid: {training.learning_rate: [1e-3, 1e-2]}')),
    ).toEqual([own]);
    expect(told(of('[[{prefix: {learning_rate: 1e-2}}, {ln-tuning: {learning_rate: 1e-3}}], bitfit]'))).toEqual([
      'methods[0]: prefix and ln-tuning have learning rates of their own, which training.learning_rate does not change; remove it for an arm that is varied as the others are',
    ]);
  });

  it('is said to train the same whatever its value where the head has a rate of its own too, or there is no head', () => {
    const idle =
      'methods[0]: ln-tuning has a learning rate of its own, which training.learning_rate does not change, so all its values train the same; remove it for an arm that is varied as the others are';
    const arms = '[{ln-tuning: {learning_rate: 1e-2}}, bitfit]';
    expect(told(of(arms), { text: config(undefined, 'training: {head_learning_rate: 1e-3}') })).toEqual([idle]);
    const writing = config('data: {train: a.txt, validation: b.txt, test: c.txt}').replace(
      'classification',
      'causal-lm',
    );
    expect(told(of(arms), { text: writing })).toEqual([idle]);
  });

  it('is no reason to warn where all methods follow it, and the head alone does not', () => {
    expect(told(of('[ln-tuning, [prefix, bitfit], unified]'))).toEqual([]);
    expect(told(of('[ln-tuning]'), { text: config(undefined, 'training: {head_learning_rate: 1e-3}') })).toEqual([]);
  });
});

describe('the seeds of a sweep', () => {
  const words = (count: string, cure: string): string =>
    `seeds: ${count} can show nothing, however large the difference; ${cure}`;

  it.each([
    ['methods: [ln-tuning, bitfit, lora, adapter, ia3]\nseeds: 5', '10 comparisons with so few seeds', 6],
    [
      'methods: [ln-tuning, bitfit, lora, adapter, ia3]\nreference: lora\nseeds: 4',
      '4 comparisons with so few seeds',
      5,
    ],
    ['methods: [bitfit, ia3]\nseeds: [1, 2]', '1 comparison with so few seeds', 4],
    ['methods: [bitfit, ia3]\ngrid: {training.epochs: [1, 2]}\nseeds: 4', '2 comparisons with so few seeds', 5],
  ])('are too few to show anything among so many comparisons: %j', (text, count, enough) => {
    expect(told(text)).toEqual([words(count, `take ${enough} seeds or more for each arm`)]);
    expect(told(text.replace(/seeds: .*/, `seeds: ${enough}`))).toEqual([]);
  });

  it('are too few whatever their number where everything is compared with everything', () => {
    const rates = Array.from({ length: 40 }, (_, i) => (i + 1) / 1000).join(', ');
    const text = `methods: [ln-tuning, bitfit, lora, adapter, ia3, full, prefix, [prefix, ln-tuning]]\ngrid: {training.learning_rate: [${rates}]}\nseeds: 20`;
    expect(told(text)).toEqual([words('1,120 comparisons at once', 'compare fewer arms, or name a reference')]);
  });

  it('may be few where nothing is compared', () => {
    expect(told('methods: [bitfit]\ngrid: {training.epochs: [1, 2]}\nseeds: 1')).toEqual([]);
  });
});

describe('halving in a sweep', () => {
  it.each(['[1, 9]', '[9, 1]'])('is held against every length under grid: %s', (lengths) => {
    const text = `methods: [bitfit, ia3]\ngrid: {training.epochs: ${lengths}}\ntune: {training.dropout: [0, 0.1], search: halving}`;
    expect(told(text)).toEqual([
      'tune.search.halving.first: must be below the 1 epoch of a run of reviews.peft.yaml, got 1 epoch (with training.epochs 1)',
    ]);
  });

  it.each(['[200, null]', '[null, 200]'])('is held against every unit of a length under grid: %s', (lengths) => {
    const text = `methods: [bitfit, ia3]\ngrid: {training.max_steps: ${lengths}}\ntune: {training.dropout: [0, 0.1], search: {halving: {first: 1 epoch}}}`;
    expect(told(text)).toEqual([
      'tune.search.halving.first: must be steps as in reviews.peft.yaml, got 1 epoch (with training.max_steps 200)',
    ]);
  });

  it('is told with its rungs and what it saves', () => {
    const sweep = sweepOf(`
methods: [ln-tuning, bitfit]
tune: {training.learning_rate: {from: 1e-4, to: 1e-1, scale: log, count: 9}, search: halving}
`);
    const nine = { ...reviews, text: config(undefined, 'training: {epochs: 9}') };
    expect(halvingText(sweep, planSweep(sweep, [nine]).plan!.cells[0]!)).toBe(
      'halving at 1, 3, 9 epochs: 21 of 81 epochs for each arm and tuning seed',
    );
    const grid = sweepOf(tuned);
    expect(halvingText(grid, planSweep(grid, [reviews]).plan!.cells[0]!)).toBeUndefined();
  });

  it('climbs in the unit of a whole run', () => {
    const sweep = sweepOf(`
methods: [ln-tuning, bitfit]
tune: {training.learning_rate: {from: 1e-4, to: 1e-1, scale: log, count: 9}, search: {halving: {first: 100 steps}}}
`);
    const steps = { ...reviews, text: config(undefined, 'training: {max_steps: 1000}') };
    const plan = planSweep(sweep, [steps]).plan!;
    expect(halvingPlanOf(sweep, plan.cells[0]!, 'higher')).toEqual({
      candidates: 9,
      eta: 3,
      rungs: [100, 300, 900, 1000],
      direction: 'higher',
    });
    expect(halvingPlanOf(sweepOf(tuned), plan.cells[0]!, 'higher')).toBeUndefined();
  });
});
