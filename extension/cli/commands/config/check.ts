import type { Command } from 'commander';
import { type Cli, repeatable } from '../../cli.ts';
import { problemCount, problemLines } from '../../output/problems.ts';

export function registerCheck(program: Command, cli: Cli): void {
  program
    .command('check <config>')
    .summary('list every problem of a config')
    .description(
      'Lists every problem of a config as file:line:column severity message; exit code 2 if any is an error.',
    )
    .option('--set <key=value>', 'set a key of the config; repeatable', repeatable)
    .action(
      cli.action(async (config: string, options: { readonly set?: readonly string[] }) => {
        const problems = await (await cli.loadOperations()).check(config, options.set ?? []);
        cli.print(problemLines(problems));
        cli.note(`${config}: ${problemCount(problems)}\n`);
        return problems.some((problem) => problem.severity === 'error') ? 2 : 0;
      }),
    );
}
