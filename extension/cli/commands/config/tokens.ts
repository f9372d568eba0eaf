import type { Command } from 'commander';
import { type SplitName, splitNames } from '../../../config/resolved/resolve.ts';
import { UserError } from '../../../problems/userError.ts';
import { type Cli, repeatable } from '../../cli.ts';
import { problemLines } from '../../output/problems.ts';
import { openReport } from '../../output/progressView.ts';
import { markedTokens, paintedTokens } from '../../output/tokensText.ts';

interface TokensOptions {
  readonly row: string;
  readonly split: string;
  readonly set?: readonly string[];
  readonly json?: boolean;
}

export function registerTokens(program: Command, cli: Cli): void {
  program
    .command('tokens <config>')
    .summary('show a row as the model reads it')
    .description('Shows the tokens of a row: which are in the loss, which are context, and which are cut.')
    .option('--row <n>', 'which row, from 1', '1')
    .option('--split <name>', 'train, validation or test', 'train')
    .option('--set <key=value>', 'set a key of the config; repeatable', repeatable)
    .option('--json', 'one object, with the row as one text')
    .action(
      cli.action(async (config: string, options: TokensOptions) => {
        const place = { row: rowNumber(options.row), split: splitName(options.split) };
        const operations = await cli.loadOperations();
        const progress = openReport(cli.stderr);
        const { problems, tokens } = await operations
          .tokens(config, options.set ?? [], place, progress.report)
          .finally(() => progress.close());
        if (tokens === undefined) {
          cli.note(problemLines(problems));
          return 2;
        }
        if (options.json) cli.print(`${JSON.stringify(tokens)}\n`);
        else if (cli.paint) cli.paint(paintedTokens(tokens));
        else cli.print(markedTokens(tokens));
        return 0;
      }),
    );
}

function rowNumber(text: string): number {
  const row = Number(text);
  if (Number.isInteger(row) && row >= 1) return row;
  throw new UserError(`--row: must be a whole number from 1, got ${text}; for example --row 2`, 'usage');
}

function splitName(text: string): SplitName {
  const name = splitNames.find((known) => known === text);
  if (name !== undefined) return name;
  throw new UserError(
    `--split: must be one of ${splitNames.join(', ')}, got ${text}; leave it out for training rows`,
    'usage',
  );
}
