import { Command } from 'commander';
import { codeVersion } from '../contract/version.ts';
import type { Cli } from './cli.ts';
import { commands } from './commandList.ts';

/** `peft-lab` with all of its commands: what is parsed, helped with and documented. */
export function program(cli: Cli): Command {
  const root = new Command('peft-lab')
    .description('Parameter-efficient fine-tuning: train, compare and export from the command line.')
    .version(codeVersion, '-V, --version', 'print the version')
    .exitOverride()
    .configureOutput({ writeOut: cli.print, writeErr: cli.note })
    .configureHelp({ showGlobalOptions: false })
    .showHelpAfterError('(peft-lab COMMAND --help shows how a command is used)');
  // Commands inherit these settings only when they are made after them.
  for (const register of commands) register(root, cli);
  return root;
}
