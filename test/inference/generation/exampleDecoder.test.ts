import { copyFileSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { expect, it } from 'vitest';
import { generate } from '../../../extension/inference/generation/generate.ts';
import { greedy } from '../../../extension/inference/generation/sampling.ts';
import { readConfig } from '../../../extension/training/prepare/checkedConfig.ts';
import { attempt, createRun, examples } from '../../support/smallRun.ts';
import { temporaryFolder } from '../../support/temporaryFolder.ts';

const config = path.join(examples, 'places.peft.yaml');

it('has a config without problems', async () => {
  expect((await readConfig(config, [], 'checking')).problems).toEqual([]);
});

it('puts a record with a name that it never saw in words after a few steps, its base does not', async () => {
  const folder = temporaryFolder();
  mkdirSync(path.join(folder, 'data'));
  for (const name of ['places-train.jsonl', 'places-validation.jsonl']) {
    const rows = readFileSync(path.join(examples, 'data', name), 'utf8')
      .split('\n')
      .slice(0, 200);
    writeFileSync(path.join(folder, 'data', name), `${rows.join('\n')}\n`);
  }
  copyFileSync(config, path.join(folder, 'places.peft.yaml'));
  const overrides = [
    `model=${path.join(examples, 'decoder')}`,
    'training.epochs=8',
    'training.batch_size=16',
    'training.lr_scheduler=constant',
  ];
  const run = await createRun(path.join(folder, 'places.peft.yaml'), [...overrides, 'training.eval_on_start=false']);
  expect((await attempt(run, false)).outcome.state).toBe('finished');
  const prompt = 'name: Golden Harbour | kind: restaurant | offer: Greek | families: no';
  const { written } = await generate(
    {
      writers: [
        { kind: 'run', run },
        { kind: 'base', run },
      ],
      input: { kind: 'prompt', prompt },
      options: { ...greedy, maxTokens: 40, stops: [] },
      batch: 1,
      threads: 1,
    },
    () => {},
  );
  const [tuned, base] = written.map(({ text }) => text);
  expect(tuned).toMatch(/^ The Golden Harbour is an? .*restaurant/);
  expect(base).not.toMatch(/Golden Harbour is/);
});
