import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { expect, it } from 'vitest';
import { readConfig } from '../../../extension/training/prepare/checkedConfig.ts';
import { checkSweep } from '../../../extension/training/prepare/sweepOnDisk.ts';
import { smallConfig } from '../../support/smallRun.ts';
import { temporaryFolder } from '../../support/temporaryFolder.ts';

function sweepFile(text: string, config: Record<string, unknown> = {}): string {
  const folder = temporaryFolder();
  smallConfig(folder, config);
  const file = path.join(folder, 'small.sweep.yaml');
  writeFileSync(file, text);
  return file;
}

const told = async (file: string): Promise<readonly string[]> =>
  (await checkSweep(file)).problems.map(
    ({ file, line, column, severity, message }) => `${path.basename(file)}:${line}:${column} ${severity} ${message}`,
  );

const arms = 'experiment: small.peft.yaml\nmethods: [ln-tuning, bitfit]\n';

it('checks a sweep with the data and the model of its config, and lays out its runs', async () => {
  const { problems, plan, sweep } = await checkSweep(
    sweepFile(`${arms}tune: {training.learning_rate: [1e-3, 0.5], seeds: 1}\nseeds: 4\n`, {
      data: {
        train: 'train.tsv',
        validation: { file: 'validation.tsv', limit: 10 },
        test: { file: 'validation.tsv', skip: 10 },
        max_length: 64,
      },
    }),
  );
  expect(problems).toEqual([]);
  expect(sweep!.seeds).toEqual([1, 2, 3, 4]);
  expect(plan!.tuningRuns).toHaveLength(4);
  expect(plan!.resultCount).toBe(8);
});

it('tells where in the sweep each problem stands', async () => {
  expect(await told(sweepFile(`${arms}sedes: 3\n`))).toEqual([
    'small.sweep.yaml:3:1 error sedes: unknown key sedes; did you mean seeds?',
  ]);
  expect(await told(sweepFile(`${arms}grid:\n  training.batch_size: [8, 0]\n`))).toEqual([
    'small.sweep.yaml:4:28 error grid.training.batch_size[1]: must be 1 … 4096, got 0',
  ]);
  expect(await told(sweepFile('experiment: a: b\n'))).toContain(
    'small.sweep.yaml:1:13 error a line must hold one `key: value`; put the second on a line of its own, or the value in quotes',
  );
});

it('tells which files it could not read', async () => {
  expect(await told(sweepFile('experiment: [small.peft.yaml, gone.peft.yaml]\nmethods: [bitfit, ia3]\n'))).toEqual([
    'small.sweep.yaml:1:31 error experiment[1]: gone.peft.yaml does not exist; name a *.peft.yaml file beside the sweep',
  ]);
  expect(await told(path.join(temporaryFolder(), 'gone.sweep.yaml'))).toEqual([
    'gone.sweep.yaml:1:1 error the sweep does not exist; name a *.sweep.yaml file',
  ]);
});

it('warns of a rate that is unusual, unless it is only tried', async () => {
  const rates = sweepFile(`${arms}grid: {training.learning_rate: [1e-3, 0.5]}\nseeds: 4\n`);
  expect((await told(rates)).join('\n')).toMatch(
    /^small\.sweep\.yaml:3:\d+ warning grid\.training\.learning_rate\[1\]: should be .* got 0\.5/,
  );
});

it('finds what only the model and the data can tell, of every variant', async () => {
  // The example model reads 128 tokens: a prefix of 4 leaves room for texts of 124, one of 100 does not for those of 64.
  const long = `${arms.replace('bitfit', 'prefix')}grid: {"methods[0].prefix.length": [4, 100]}\n`;
  const sweep = sweepFile(long.replace('ln-tuning, ', ''));
  expect((await told(sweep)).join('\n')).toMatch(/error .*prefix\.length.*100/);
  const missing = sweepFile(arms, { data: { train: 'gone.tsv', validation: 'validation.tsv' } });
  expect((await told(missing)).join('\n')).toMatch(
    /^small\.sweep\.yaml:1:13 error experiment: small\.peft\.yaml: data\.train: must be a file, got "gone\.tsv"/,
  );
  expect((await checkSweep(missing)).plan).toBeUndefined();
});

it('says of a config that it is one, and of a sweep given as a config which command takes it', async () => {
  expect(await told(path.join(temporaryFolder(), 'small.peft.yaml'))).toEqual([
    'small.peft.yaml:1:1 error must be a sweep (*.sweep.yaml), got a config by its name; check it with `peft-lab check FILE`, compare methods on it with `peft-lab sweep FILE --methods ln-tuning,bitfit`',
  ]);
  expect((await readConfig(sweepFile(arms), [])).problems.map(({ message }) => message)).toEqual([
    'must be a config (*.peft.yaml), got a sweep by its name; check it with `peft-lab sweep check FILE`, start it with `peft-lab sweep start FILE`',
  ]);
});
