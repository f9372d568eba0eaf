import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';
import { plain } from '../../files/plainText.ts';

/** Asks on a terminal. Only `y` or `yes` is a yes: an empty line, the end of the input and Ctrl+C are none. */
export function askYes(
  question: string,
  input: NodeJS.ReadableStream,
  output: NodeJS.WritableStream,
): Promise<boolean> {
  const lines = createInterface({ input, output });
  return new Promise((resolve) => {
    lines.once('close', () => resolve(false));
    lines.question(`${plain(question)} [y/N] `, (answer) => {
      resolve(/^\s*y(es)?\s*$/i.test(answer));
      lines.close();
    });
  });
}

/** Whether a program, in a person's place, says yes in the next line; the end of the input is none. */
export async function lineIsYes(input: Readable): Promise<boolean> {
  try {
    for await (const line of createInterface({ input })) return line.trim() === 'yes';
    return false;
  } finally {
    // An open pipe would keep this process.
    input.destroy();
  }
}
