import type { Command } from 'commander';
import { UserError } from '../../../problems/userError.ts';
import { defaultRunsFolder } from '../../../runs/folder/store.ts';
import { isSweepIn } from '../../../runs/folder/sweepFolder.ts';
import { configValues, differingKeys } from '../../../view/flatConfig.ts';
import { type Cli, commandIn, type RunsOption, runsOption, storeOf } from '../../cli.ts';
import { table } from '../../output/format.ts';
import { sweepNamed } from '../../sweeps/sweepNamed.ts';
import { comparisonTable, labelsOf } from '../../variants.ts';
import { runJson, runsTable } from './runs.ts';

export function registerCompare(program: Command, cli: Cli): void {
  program
    .command('compare <run...>')
    .summary('compare runs')
    .description('Compares runs: results, and the config keys in which they differ.')
    .option('--json', '{"runs": […], "differences": [{"key", "values"}]}')
    .option(...runsOption)
    .action(
      cli.action(async (names: readonly string[], options: RunsOption & { readonly json?: boolean }) => {
        const store = storeOf(options, defaultRunsFolder);
        const isSweep = (name: string): boolean =>
          isSweepIn(store.folder, name) || (names.length > 1 && sweepNamed(store, name) !== undefined);
        const sweep = names.find(isSweep);
        if (sweep !== undefined) {
          const cure = commandIn(store.folder, `sweep report ${sweep}`);
          throw new UserError(
            `compare: must be given runs, got the sweep ${sweep}; compare its arms with: ${cure}`,
            'usage',
          );
        }
        if (names.length < 2)
          throw new UserError(
            `compare: needs at least two runs, got ${names.length}; list runs with peft-lab runs`,
            'usage',
          );
        const runs = await Promise.all(names.map((name) => store.read(store.resolve(name))));
        const records = runs.map(({ record }) => record);
        const differing = differingKeys(records);
        if (options.json) {
          const values = records.map(configValues);
          const differences = [...differing.keys()].map((key) => ({ key, values: values.map((of) => of.get(key)) }));
          cli.print(`${JSON.stringify({ runs: runs.map(runJson), differences })}\n`);
          return 0;
        }
        const header = ['key', ...runs.map((run) => (run.notes.name === '' ? run.id : run.notes.name))];
        const rows = [...differing].map(([key, values]) => [key, ...values.map((value) => value || '–')]);
        cli.print(`${runsTable(runs, labelsOf(records))}\n${comparisonTable(runs)}\n`);
        cli.print(rows.length === 0 ? 'the configs are the same\n' : table(header, rows));
        return 0;
      }),
    );
}
