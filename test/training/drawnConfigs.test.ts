import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { count } from '../../extension/estimate/count.ts';
import { evaluateRun } from '../../extension/inference/evaluateRun.ts';
import { openTuned } from '../../extension/inference/tunedRun.ts';
import { Random } from '../../extension/numbers/random.ts';
import type { OpenWork } from '../../extension/runs/control/work.ts';
import { readConfig } from '../../extension/training/prepare/checkedConfig.ts';
import { openWork } from '../../extension/training/work.ts';
import { attempt, createRun, examples } from '../support/smallRun.ts';
import { temporaryFolder } from '../support/temporaryFolder.ts';

/** Configs that nobody wrote. What the check lets pass must train, open, score and count as it was told. */
const drawn = 10;

/** The choices of one config, from its number alone. */
function choices(number: number) {
  const random = new Random(number, 'drawn config');
  const pick = <T>(...from: readonly T[]): T => from[random.nextInt(from.length)]!;
  /** Options, some of which are left at their defaults. */
  const some = (options: Readonly<Record<string, unknown>>) =>
    Object.fromEntries(Object.entries(options).filter(() => random.nextFloat() < 0.4));
  return { pick, some };
}

const rowsOf = (file: string, separator: string | RegExp = '\n'): string[] =>
  readFileSync(path.join(examples, 'data', file), 'utf8')
    .trim()
    .split(separator);
const reviews = rowsOf('reviews-train.tsv').slice(1);
const lines = {
  classification: ['text\tlabel', ...reviews],
  'masked-lm': ['text\tlabel', ...reviews],
  regression: ['text\tlabel', ...reviews.map((row, i) => `${row.split('\t')[0]}\t${row.length + (i % 7) / 2}`)],
  'token-classification': rowsOf('entities-train.conll', /\n\n+/).map((sentence) => `${sentence}\n`),
  completion: rowsOf('places-train.jsonl'),
};
const tasks = Object.keys(lines) as (keyof typeof lines)[];
const endings = { 'token-classification': 'conll', completion: 'jsonl' } as const;

function drawConfig(number: number, folder: string): string {
  const { pick, some } = choices(number);
  const task = tasks[number % tasks.length]!;
  const isDecoder = task === 'completion';
  const layers = () => pick<unknown>(0, '1-2', [0, 3], '2-3');
  const at = () => pick<unknown>('attention', 'ffn', ['attention', 'ffn']);
  const prefix = () => ({
    length: pick(1, 3),
    ...some({ mlp: true, mlp_width: 5, positions: 'unchanged', init_std: 0.1, gated: !isDecoder }),
  });
  const drawers: Readonly<Record<string, () => object>> = {
    'ln-tuning': () => some({ terms: pick('gain', 'bias'), norms: pick('attention', 'ffn'), layers: layers() }),
    lora: () =>
      some({ rank: pick(1, 3), targets: pick<unknown>('query', ['value', 'up']), layers: layers(), gated: true }),
    ia3: () => some({ layers: layers() }),
    prefix,
    adapter: () =>
      some({ at: at(), bottleneck: pick(1, 5), placement: pick('sequential', 'parallel'), layers: layers() }),
    mam: () => ({ length: pick(1, 2), ...some({ bottleneck: 3 }) }),
    ...(!isDecoder && { bitfit: () => some({ layers: layers() }), houlsby: () => some({ bottleneck: 3 }) }),
  };
  const methods = Array.from({ length: pick(1, 2, 3) }, () => {
    const name = pick(...Object.keys(drawers));
    return { [name]: drawers[name]!() };
  });
  const ending: string = endings[task as keyof typeof endings] ?? 'tsv';
  const header = ending === 'tsv' ? 1 : 0;
  const all = lines[task];
  const put = (name: string, from: number, rows: number): string => {
    const kept = [...all.slice(0, header), ...all.slice(header + from, header + from + rows)];
    writeFileSync(path.join(folder, `${name}.${ending}`), `${kept.join('\n')}\n`);
    return `${name}.${ending}`;
  };
  const config = {
    model: path.join(examples, isDecoder ? 'decoder' : 'model'),
    task,
    data: {
      train: put('train', 0, 24),
      validation: put('validation', 100, 9),
      ...some({ max_length: pick(2, 12, 40), in_memory_mb: 0 }),
      on_bad_row: 'skip',
    },
    methods,
    training: {
      max_steps: 4,
      eval_steps: pick(2, 4),
      batch_size: pick(2, 3, 6),
      ...some({ gradient_accumulation: 2, dropout: 0.1, learning_rate: 1e-2, weight_decay: 0.1, max_grad_norm: 0.1 }),
      ...some({ keep_best: false, kept_activations_mb: 1, lr_scheduler: 'constant', length_window: 1 }),
    },
  };
  const file = path.join(folder, 'drawn.peft.yaml');
  writeFileSync(file, JSON.stringify(config));
  return file;
}

const quiet = () => {};
const passed = new Set<string>();
let worker: OpenWork;
beforeAll(async () => {
  worker = await openWork();
});
afterAll(async () => {
  await worker.close();
});

it.each(Array.from({ length: drawn }, (_, number) => number))(
  'trains config %i if its check is clean, opens what it kept, and scores and counts it as told',
  async (number) => {
    const folder = temporaryFolder();
    const file = drawConfig(number, folder);
    const text = readFileSync(file, 'utf8');
    const { problems } = await readConfig(file, [], 'checking');
    if (problems.some(({ severity }) => severity === 'error')) return;
    passed.add(JSON.parse(text).task);
    const run = await createRun(file);
    const { outcome, events, record } = await attempt(run, false, undefined, { work: worker.work });
    expect(outcome, text).toMatchObject({ state: 'finished', step: 4 });

    const { tuned } = await openTuned(run, quiet);
    const [counted] = await count(file, []);
    expect(counted, text).toMatchObject({ counts: record.counts });
    const kept = [...tuned.tensors.values()].reduce((sum, { length }) => sum + length, 0);
    expect(kept, text).toBe(record.counts.method + record.counts.head);

    const told = events.findLast((event) => event.type === 'evaluation' && event.step === tuned.origin!.step);
    const { metrics } = await evaluateRun(
      run,
      path.join(folder, path.basename(JSON.parse(text).data.validation)),
      quiet,
    );
    const near = Object.entries(metrics).map(([name, value]) => [
      name,
      Number.isFinite(value) ? expect.closeTo(value, 3 - Math.ceil(Math.log10(Math.abs(value) + 1))) : value,
    ]);
    expect(told, text).toMatchObject({ split: 'validation', metrics: Object.fromEntries(near) });
  },
);

it('meets configs of every task whose check is clean', () => {
  expect([...passed].sort()).toEqual([...tasks].sort());
});
