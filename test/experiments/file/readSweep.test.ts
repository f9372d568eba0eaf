import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { readSweep } from '../../../extension/experiments/file/readSweep.ts';
import { sweepSchema } from '../../../extension/experiments/file/sweepSchema.ts';
import { runCountText } from '../../../extension/experiments/plan/runCount.ts';
import { formatPath } from '../../../extension/problems/finding.ts';
import { showValue } from '../../../extension/problems/showValue.ts';

const read = (text: string) => readSweep(parse(text));

/** Every finding as `path: message`. */
const told = (text: string): readonly string[] =>
  read(text).findings.map(({ path, message }) => `${formatPath(path)}: ${message}`);

const start = 'experiment: sst2.peft.yaml\n';
const arms = `${start}methods: [ln-tuning, bitfit]\n`;

describe('a sweep', () => {
  it('is read whole, names and defaults filled in', () => {
    const { sweep, findings } = read(`
experiment: [sst2.peft.yaml, wnut.peft.yaml]
methods:
  - ln-tuning
  - [prefix, ln-tuning]
  - gain only: [{ln-tuning: {terms: [gain]}}]
grid: {training.batch_size: [16, 64]}
tune:
  training.learning_rate: [3e-4, 1e-3, 3e-3]
  training.warmup_ratio: {from: 0, to: 0.1, count: 3}
  search: {halving: {eta: 4, first: 200 steps}}
  seeds: [101, 102]
  metric: accuracy
seeds: 5
reference: gain only
where: {engine: slurm, partition: gpu, time: 2h, gpus: 1, at_once: 8, options: [--account=lab]}
limit: {runs: 500, hours: 40}
`);
    expect(findings).toEqual([]);
    expect(sweep).toEqual({
      experiments: ['sst2.peft.yaml', 'wnut.peft.yaml'],
      arms: [
        { name: 'ln-tuning', methods: 'ln-tuning' },
        { name: 'prefix + ln-tuning', methods: ['prefix', 'ln-tuning'] },
        { name: 'gain only', methods: [{ 'ln-tuning': { terms: ['gain'] } }] },
      ],
      grid: [{ key: 'training.batch_size', values: [16, 64] }],
      tuning: {
        axes: [
          { key: 'training.learning_rate', values: [3e-4, 1e-3, 3e-3] },
          { key: 'training.warmup_ratio', values: { from: 0, to: 0.1, scale: 'linear', count: 3 } },
        ],
        search: { kind: 'halving', eta: 4, first: { amount: 200, unit: 'steps' }, runs: undefined, seed: 0 },
        seeds: [101, 102],
        metric: 'accuracy',
      },
      seeds: [1, 2, 3, 4, 5],
      reference: 'gain only',
      where: {
        engine: 'slurm',
        atOnce: 8,
        partition: 'gpu',
        account: undefined,
        minutes: 120,
        cpus: 1,
        gres: 'gpu:1',
        memory: undefined,
        runsPerJob: undefined,
        setup: [],
        options: ['--account=lab'],
      },
      limit: { runs: 500, hours: 40 },
    });
  });

  it('needs a config and methods alone: ten seeds on this machine', () => {
    const { sweep } = read(arms);
    expect(sweep).toMatchObject({ seeds: [1, 2, 3, 4, 5, 6, 7, 8, 9, 10], tuning: undefined, reference: undefined });
    expect(sweep!.where).toEqual({ engine: 'local', atOnce: undefined, gpus: 0 });
  });

  it.each([
    ['{gpus: 4}', { engine: 'local', atOnce: 4, gpus: 4 }],
    ['{gpus: 2, at_once: 1}', { engine: 'local', atOnce: 1, gpus: 2 }],
    ['{engine: slurm}', { engine: 'slurm', atOnce: undefined, gres: undefined, cpus: 1 }],
    ['{engine: slurm, time: 1.5h, memory: 16G, gres: gpu:a100:2}', { minutes: 90, memory: '16G', gres: 'gpu:a100:2' }],
    ['{engine: slurm, time: 0.1m, setup: [module load cuda]}', { minutes: 1, setup: ['module load cuda'] }],
  ])('runs where: %s says', (where, meant) => {
    expect(read(`${arms}where: ${where}`).sweep!.where).toMatchObject(meant);
  });

  it.each([
    ['grid', { kind: 'grid' }],
    ['random', { kind: 'random', runs: 10, seed: 0 }],
    ['{random: {runs: 12, seed: 3}}', { kind: 'random', runs: 12, seed: 3 }],
    ['halving', { kind: 'halving', eta: 3, first: { amount: 1, unit: 'epochs' }, runs: undefined, seed: 0 }],
    [
      '{halving: {first: 0.5}}',
      { kind: 'halving', eta: 3, first: { amount: 0.5, unit: 'epochs' }, runs: undefined, seed: 0 },
    ],
  ])('is searched as `search: %s` says', (search, expected) => {
    const { sweep } = read(`${arms}tune: {training.learning_rate: [1e-3, 3e-3], search: ${search}}`);
    expect(sweep!.tuning).toMatchObject({ search: expected, seeds: [1001, 1002] });
  });

  it('tells arms of the same methods apart by their options', () => {
    const { sweep } = read(`${start}methods: [lora, {lora: {rank: 4}}, [prefix, {lora: {rank: 2}}], [prefix, lora]]`);
    const names = sweep!.arms.map(({ name }) => name);
    expect(names).toEqual(['lora', 'lora {rank: 4}', 'prefix + lora {rank: 2}', 'prefix + lora']);
  });

  it('warns of an arm that is compared with nothing', () => {
    expect(told(`${start}methods: [ln-tuning]`)).toEqual([
      'methods: one arm compares with nothing; add the methods to compare it with',
    ]);
    expect(told(`${start}methods: [ln-tuning]\ngrid: {training.batch_size: [8, 16]}`)).toEqual([]);
  });
});

describe('the documentation', () => {
  const page = readFileSync(new URL('../../../docs/sweeps.md', import.meta.url), 'utf8');

  it('shows a sweep that is right, and its number of runs', () => {
    const { sweep, findings } = read(/```yaml\n(.*?)```/s.exec(page)![1]!);
    expect(findings).toEqual([]);
    expect(page).toContain(`\n${runCountText(sweep!)}\n`);
  });

  it('names every key', () => {
    for (const key of Object.keys(sweepSchema.shape)) expect(page).toContain(`\n${key}:`);
  });
});

describe('a wrong sweep', () => {
  it.each([
    ['', ': must be a mapping with experiment, methods, grid, tune, …, got nothing'],
    ['methods: [bitfit]', ': experiment is missing; it must be a config file or a list of them'],
    [`${start}methods: []`, 'methods: must be a list of at least one method, got []'],
    [`${arms}sedes: 3`, 'sedes: unknown key sedes; did you mean seeds?'],
    [
      `${arms}colour: 3`,
      'colour: unknown key colour; a sweep has experiment, methods, grid, tune, seeds, reference, where, limit',
    ],
    [
      `${arms}parameters: {}`,
      'parameters: unknown key parameters; write tune for values that are searched, or grid for values that are compared',
    ],
    [
      `${arms}early_terminate: {}`,
      'early_terminate: unknown key early_terminate; write search: {halving: {eta: 3, first: 1 epoch}} inside tune',
    ],
    [`${arms}run_cap: 3`, 'run_cap: unknown key run_cap; write limit: {runs: …}'],
    [
      `${arms}constructor: 3`,
      'constructor: unknown key constructor; a sweep has experiment, methods, grid, tune, seeds, reference, where, limit',
    ],
    [`${arms}seeds: 0`, 'seeds: must be 1 … 1000, got 0'],
    [`${arms}seeds: [1, 1]`, 'seeds: must name each seed once, got [1,1]'],
    [`${arms}reference: bitfitt`, 'reference: must be the name of an arm, got bitfitt; did you mean bitfit?'],
    [`${arms}reference: xyz`, 'reference: must be the name of an arm, got xyz; choose from ln-tuning, bitfit'],
    [`${start}methods: [ln-tuning, bitfitt]`, 'methods[1]: unknown method bitfitt; did you mean bitfit?'],
    [`${start}methods: [bitfit, {own: [lorra]}]`, 'methods[1].own[0]: unknown method lorra; did you mean lora?'],
    [
      `${start}methods: [bitfit, [bitfit]]`,
      'methods[1]: must differ from the other arms, got bitfit again; remove one',
    ],
    [
      `${start}methods: [{a: bitfit}, {a: ia3}]`,
      'methods[1]: must have a name of its own, got a twice; write another name before the colon',
    ],
    ...['', ' ', 'a\n- b is better than everything', 'a\u2028b', 'x'.repeat(81)].map((name): [string, string] => [
      `${start}methods: [ia3, {${JSON.stringify(name)}: bitfit}]`,
      `methods[1]: must have a name of 1 to 80 characters in one line, got ${showValue(name)}; write another before the colon`,
    ]),
    [
      `experiment: [a.peft.yaml, a.peft.yaml]\nmethods: [ia3, bitfit]`,
      'experiment[1]: must name each config once, got a.peft.yaml again',
    ],
    [
      `experiment: [a.peft.yaml, data/.././a.peft.yaml]\nmethods: [ia3, bitfit]`,
      'experiment[1]: must name each config once, got data/.././a.peft.yaml again',
    ],
    [`${arms}grid: {training.batch_size: 8}`, 'grid.training.batch_size: must be a list of values, got 8'],
    [
      `${arms}grid: {training.batch_size: [8, 8]}`,
      'grid.training.batch_size[1]: must have each value once, got 8 again',
    ],
    [
      `${arms}grid: {training.seed: [1, 2]}`,
      'grid.training.seed: must not be varied here; the seeds stand under seeds',
    ],
    [
      `${arms}grid: {training.batch_sise: [8]}`,
      'grid.training.batch_sise: unknown key training.batch_sise; did you mean training.batch_size?',
    ],
    [`${arms}grid: {methods: [lora, ia3]}`, 'grid.methods: must not be varied here; list the methods under methods'],
    [
      `${arms}tune: {seeds: 2}`,
      'tune: must name what is tuned, got no config key; for example training.learning_rate: [3e-4, 1e-3]',
    ],
    [
      `${arms}tune: {training.learning_rate: 3}`,
      'tune.training.learning_rate: must be a list of values or a range {from, to, scale, count}, got 3',
    ],
    [
      `${arms}tune: {training.learning_rate: [0.1, 0.1]}`,
      'tune.training.learning_rate[1]: must have each value once, got 0.1 again',
    ],
    [
      `${arms}tune: {training.learning_rate: [0.1], search: gird}`,
      'tune.search: must be grid, {random: {runs: 10}} or {halving: {eta: 3, first: 1 epoch}}, got "gird"; did you mean grid?',
    ],
    [
      `${arms}tune: {training.learning_rate: [0.1], search: {halving: {first: soon}}}`,
      'tune.search.halving.first: must be a budget such as 1 epoch or 200 steps, got "soon"',
    ],
    // Rungs grow from the first by multiplication: from 0 they would never reach a whole run.
    ...['0 epochs', '0.0 epochs', '00 steps'].map((first): [string, string] => [
      `${arms}tune: {training.learning_rate: [0.1], search: {halving: {first: ${first}}}}`,
      `tune.search.halving.first: must be a budget such as 1 epoch or 200 steps, got "${first}"`,
    ]),
    [
      `${arms}tune: {training.learning_rate: [0.1], search: {}}`,
      'tune.search: must be one of grid, {random: {runs: 10}} or {halving: {eta: 3, first: 1 epoch}}, got a mapping',
    ],
    [
      `${arms}tune: {training.learning_rate: [0.1], seeds: [7, 3]}`,
      'tune.seeds: must be other seeds than those of the results, got 7 in both; seeds that chose the values give results that are too good',
    ],
    [
      `${arms}tune: {training.learning_rate: {from: 1e-4, to: 1e-2}}`,
      'tune.training.learning_rate: a grid needs to know how many values to take, got a range without count; add count: 5',
    ],
    [
      `${arms}tune: {training.learning_rate: {from: 0.1, to: 0.1, count: 3}}`,
      'tune.training.learning_rate: must have from below to, got 0.1 and 0.1',
    ],
    [
      `${arms}tune: {training.batch_size: {from: 1.2, to: 1.8}, search: random}`,
      'tune.training.batch_size: must hold a whole number, got 1.2 to 1.8; widen the range',
    ],
    [
      `${start}methods: [lora, bitfit]\ntune: {"methods[0].lora.rank": {from: 1.2, to: 1.8, count: 2}}`,
      'tune.methods[0].lora.rank: must hold a whole number, got 1.2 to 1.8; widen the range',
    ],
    [
      `${arms}tune: {training.dropout: {from: 0, to: 0.1, scale: log, count: 3}}`,
      'tune.training.dropout.from: must be above 0 with scale: log, got 0',
    ],
    [
      `${arms}grid: {training.dropout: [0, 0.1]}\ntune: {training.dropout: [0, 0.1]}`,
      'tune.training.dropout: must stand in grid or in tune, got both; remove one',
    ],
    [
      `${arms}tune: {training.dropout: [0, 0.1], metric: gpu_utilisation}`,
      'tune.metric: must be a metric of which one end is good, got gpu_utilisation',
    ],
    [`${arms}where: {engine: ray}`, 'where.engine: must be one of local, slurm, got "ray"'],
    [`${arms}where: {time: 2 hours}`, 'where.time: must be a time such as 30m, 2h or 1d, got "2 hours"'],
    [
      `${arms}where: {partition: gpu}`,
      'where.partition: must stand beside engine: slurm, for this machine has no jobs; add that, or remove this',
    ],
    [
      `${arms}where: {engine: slurm, gpus: 1, gres: "gpu:1"}`,
      'where.gres: must not stand beside gpus; remove one of them',
    ],
    [
      `${arms}where: {engine: slurm, options: ["--array=0-3%2"]}`,
      'where.options[0]: must not set --array, which the sweep sets itself; set where.at_once for runs at a time',
    ],
    [
      `${arms}where: {engine: slurm, options: [--account=lab, -d afterok:7]}`,
      'where.options[1]: must not set -d, which the sweep sets itself; remove it',
    ],
    [
      `${arms}where: {engine: slurm, options: [time=3]}`,
      'where.options[0]: must begin with -, got time=3; write it as sbatch takes it',
    ],
    [
      `${arms}where: {engine: slurm, setup: ["a\\nb"]}`,
      'where.setup[0]: must be one line, got several; list them one by one',
    ],
    [`${arms}where: {engine: slurm, memory: much}`, 'where.memory: must be an amount such as 500M or 16G, got "much"'],
    [`${arms}where: {engine: slurm, memory: 0G}`, 'where.memory: must be an amount such as 500M or 16G, got "0G"'],
    [`${arms}where: {engine: slurm, time: 0m}`, 'where.time: must be a time such as 30m, 2h or 1d, got "0m"'],
    [`${arms}limit: {runs: many}`, 'limit.runs: must be a whole number, 1 or more, got "many"'],
  ])('%j says what is wrong and what to write', (text, message) => {
    expect(told(text)).toEqual([message]);
    expect(read(text).sweep).toBeUndefined();
  });
});
