import { Child, type Command } from './child.ts';
import type { Exit } from './exit.ts';

/** What a program left that ran to its end. */
export interface CommandResult extends Exit {
  readonly stdout: string;
  readonly stderr: string;
}

/** More output than this no program that is asked something should have. */
const mostBytes = 64 << 20;

/** Runs a program to its end; one that takes longer than the limit, or prints without end, is killed. Never throws. */
export async function runCommand(command: Command, limitMs: number): Promise<CommandResult> {
  const output: Buffer[] = [];
  const errors: Buffer[] = [];
  let bytes = 0;
  const keptIn = (chunks: Buffer[]) => (chunk: Buffer) => {
    chunks.push(chunk);
    bytes += chunk.length;
    if (bytes > mostBytes) child.kill();
  };
  const child = new Child(command, { onOutput: keptIn(output), onErrorOutput: keptIn(errors) });
  const timer = setTimeout(() => child.kill(), limitMs);
  const exit = await child.exit;
  clearTimeout(timer);
  return { ...exit, stdout: Buffer.concat(output).toString('utf8'), stderr: Buffer.concat(errors).toString('utf8') };
}
