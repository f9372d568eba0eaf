import type { Command } from 'commander';
import { UserError } from '../../../problems/userError.ts';
import { defaultRunsFolder } from '../../../runs/folder/store.ts';
import { type Cli, type RunsOption, runsOption, storeOf } from '../../cli.ts';
import { table } from '../../output/format.ts';
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
        if (names.length < 2)
          throw new UserError(
            `compare: needs at least two runs, got ${names.length}; list runs with peft-lab runs`,
            'usage',
          );
        const store = storeOf(options, defaultRunsFolder);
        const runs = await Promise.all(names.map((name) => store.read(store.resolve(name))));
        // The config language with all its methods: not for a command that only lists runs to wait for.
        const { diffConfigs } = await import('../../../config/resolved/compare.ts');
        const differences = diffConfigs(
          runs.map(({ record }) => record.config),
          (_, index) => runs[index]!.record.methods,
        );
        if (options.json) {
          cli.print(`${JSON.stringify({ runs: runs.map(runJson), differences })}\n`);
          return 0;
        }
        const header = ['key', ...runs.map((run) => (run.notes.name === '' ? run.id : run.notes.name))];
        const rows = differences.map(({ key, values }) => [key, ...values.map(shown)]);
        const labels = labelsOf(runs.map(({ record }) => record));
        cli.print(`${runsTable(runs, labels)}\n${comparisonTable(runs)}\n`);
        cli.print(rows.length === 0 ? 'the configs are the same\n' : table(header, rows));
        return 0;
      }),
    );
}

const shown = (value: unknown): string =>
  value === undefined || value === null ? '–' : typeof value === 'string' ? value : JSON.stringify(value);
