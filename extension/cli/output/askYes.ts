import { createInterface } from 'node:readline';
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
