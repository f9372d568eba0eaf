import { writeFileSync } from 'node:fs';
import path from 'node:path';
import * as z from 'zod';
import { startEditor } from './editor.ts';
import { type Figure, time } from './figures.ts';
import { config } from './validation.ts';

const windows = 7;
const targetMs = 50;
const told = z.object({ activationMs: z.number(), ownMs: z.number(), keystrokesMs: z.array(z.number()) });

/** Real VS Code: how long the extension takes to become active, and a keystroke to have its findings. */
export async function activationTimes(
  root: string,
): Promise<{ facts: Record<string, string>; figures: readonly Figure[] }> {
  const editor = await startEditor(root);
  const [activations, own, keystrokes]: [number[], number[], number[]] = [[], [], []];
  try {
    writeFileSync(path.join(editor.workspace, 'bench.peft.yaml'), config(1000, 3, 3));
    for (let window = 0; window < windows; window++) {
      const { activationMs, ownMs, keystrokesMs } = told.parse(await editor.runInside('bench/ui/activationInside.ts'));
      activations.push(activationMs);
      own.push(ownMs);
      keystrokes.push(...keystrokesMs);
    }
  } finally {
    await editor.close();
  }
  return {
    facts: { editor: `VS Code ${editor.version}, server flavour` },
    figures: [
      time('activation: our code read, compiled and run', own, targetMs),
      time('activation asked for → told, through a window that just opened', activations),
      time('1,000 lines in the editor: text changed → its findings are there', keystrokes, targetMs),
    ],
  };
}
