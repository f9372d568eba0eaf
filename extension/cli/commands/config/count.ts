import type { Command } from 'commander';
import type { Cli } from '../../cli.ts';
import { countDetails, countsTable } from '../../output/countTable.ts';
import { methodList } from '../../variants.ts';

interface CountOptions {
  readonly methods?: string;
  readonly json?: boolean;
}

export function registerCount(program: Command, cli: Cli): void {
  program
    .command('count <config-or-model>')
    .summary('count tunable parameters')
    .description('Counts tunable parameters of a config, or of methods on a model folder or hub id; needs no weights.')
    .option('--methods <list>', 'as in a config; several separated by commas: ln-tuning,"[prefix, ln-tuning]"')
    .option('--json', 'one object, or a list of {methods, …} for several')
    .action(
      cli.action(async (configOrModel: string, options: CountOptions) => {
        const methods = options.methods === undefined ? [] : methodList(options.methods);
        const rows = await (await cli.loadOperations()).count(configOrModel, methods);
        const counted = rows.filter((row) => 'counts' in row);
        const only = rows.length === 1 ? counted[0] : undefined;
        if (options.json) {
          const value =
            only?.counts ?? rows.map((row) => ('counts' in row ? { methods: row.methods, ...row.counts } : row));
          cli.print(`${JSON.stringify(value)}\n`);
        } else {
          cli.print(countsTable(rows) + (only === undefined ? '' : `\n${countDetails(only.counts)}`));
        }
        const assumed = counted[0]?.assumedHead;
        if (assumed !== undefined) cli.note(`counted with ${assumed}; a config names another task or other labels\n`);
        return counted.length === rows.length ? 0 : 1;
      }),
    );
}
