import type { Command } from 'commander';
import type { Cli } from '../../extension/cli/cli.ts';
import { program } from '../../extension/cli/program.ts';
import { generatedFrom, table } from './markdown.ts';

/** Nothing is run, so nothing is printed. */
const silent = {
  print: () => {},
  note: () => {},
  stderr: process.stderr,
  loadOperations: () => Promise.reject(new Error('the page about commands runs none')),
  action: () => async () => {},
} satisfies Cli;

/** A command and its sub-commands, each with the words that call it. */
function withSubcommands(command: Command, words: string): readonly (readonly [words: string, command: Command])[] {
  const inner = command
    .createHelp()
    .visibleCommands(command)
    .filter((one) => one.name() !== 'help')
    .flatMap((one) => withSubcommands(one, `${words} ${one.name()}`));
  return inner.length > 0 ? inner : [[words, command]];
}

function section([words, command]: readonly [words: string, command: Command]): string {
  const help = command.createHelp();
  const inputs = command.registeredArguments.map((input) => {
    const text = `${input.name()}${input.variadic ? '…' : ''}`.toUpperCase();
    return input.required ? ` ${text}` : ` [${text}]`;
  });
  const options = help
    .visibleOptions(command)
    .filter(({ long }) => long !== '--help')
    .map((option) => [
      `\`${option.flags}\``,
      `${option.mandatory ? 'required; ' : ''}${help.optionDescription(option)}`,
    ]);
  const about = command.description() || sentence(command.summary());
  const usage = `\`\`\`\n${words}${inputs.join('')}${options.length > 0 ? ' [options]' : ''}\n\`\`\``;
  return [`## ${words.replace('peft-lab ', '')}`, about, usage, table(['option', ''], options)]
    .filter(Boolean)
    .join('\n\n');
}

const sentence = (summary: string): string => `${summary.charAt(0).toUpperCase()}${summary.slice(1)}.`;

/** Every command of `peft-lab` with its options, as declared. */
export function commandPage(): string {
  const root = program(silent);
  const all = withSubcommands(root, 'peft-lab');
  const anchor = (words: string): string => words.replace('peft-lab ', '').replaceAll(' ', '-');
  const list = all.map(([words, command]) => [
    `[\`${words}\`](#${anchor(words)})`,
    command.summary() || command.description(),
  ]);
  return `${generatedFrom('the commands in extension/cli')}

# Command line

*Which commands are there, and what does each option do?*

In a clone the program is \`npx peft-lab\`. A RUN is an id, a part of one, a path, or \`last\`, a SWEEP an id, a part of one, \`last\`, or the file that it was started from; for \`report\`, \`last\` is a run. \`--json\` prints shapes that stay
as they are ([JSON and run folder](json.md)). \`--version\` prints the version. Exit codes: 0 done, 1 failed, 2 wrong config or usage, 130 stopped.

${table(['command', ''], list)}

${all.map(section).join('\n\n')}
`;
}
