import { CommanderError } from 'commander';
import { errorMessage } from '../files/failure.ts';
import { memoryFailure } from '../files/memoryFailure.ts';
import { plain } from '../files/plainText.ts';
import { UserError } from '../problems/userError.ts';
import { RunError } from '../runs/runErrors.ts';
import type { Cli } from './cli.ts';
import type { LoadOperations } from './operations.ts';
import { askYes } from './output/askYes.ts';
import { Output, type StyledText } from './output/terminal.ts';
import { program } from './program.ts';

/**
 * The command line `peft-lab`.
 * @param words after the program's name
 * @returns the exit code: 0 done, 1 failed, 2 wrong config or usage, 130 stopped
 */
export async function runCli(words: readonly string[], loadOperations: LoadOperations): Promise<number> {
  const output = new Output(process.stdout);
  // Notes are for whoever reads along: work does not end because nobody does.
  process.stderr.on('error', () => {});
  let exitCode = 0;
  const cli: Cli = {
    print: (text) => output.write(text),
    ...(output.isColoured && { paint: (pieces: readonly StyledText[]) => output.paint(pieces) }),
    note: (text) => void process.stderr.write(plain(text)),
    stderr: process.stderr,
    ...(process.stdin.isTTY &&
      process.stderr.isTTY && {
        confirm: (question: string) => askYes(question, process.stdin, process.stderr),
      }),
    loadOperations,
    action:
      (run) =>
      async (...args) => {
        exitCode = await run(...args);
      },
  };
  try {
    await program(cli)
      .parseAsync(inFull(words), { from: 'user' })
      .catch((error: unknown) => {
        if (!(error instanceof CommanderError)) throw error;
        exitCode = error.exitCode === 0 ? 0 : 2;
      });
    await output.close();
    return exitCode;
  } catch (error) {
    cli.note(`${memoryFailure(error) ?? errorMessage(error)}\n`);
    return isUsage(error) ? 2 : 1;
  }
}

/** `sweep FILE …` is short for `sweep start FILE …`. */
const inFull = (words: readonly string[]): readonly string[] =>
  words[0] === 'sweep' && /\.ya?ml$/i.test(words[1] ?? '') ? ['sweep', 'start', ...words.slice(1)] : words;

const isUsage = (error: unknown): boolean =>
  (error instanceof UserError && error.kind === 'usage') ||
  (error instanceof RunError && (error.code === 'not-found' || error.code === 'ambiguous'));
