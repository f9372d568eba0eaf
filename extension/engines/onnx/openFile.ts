import { readFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import type { Session } from '../engine.ts';
import { engineTensor } from './keptOutput.ts';
import { fromEngine, openSession } from './native/session.ts';
import { putTensor } from './onnxSession.ts';

/** Opens an ONNX file as any program would, to see that it computes: its outputs are all fetched. */
export async function openFile(file: string): Promise<Session<'model'>> {
  const session = await openSession(await readFile(file), {
    folder: dirname(file),
    threads: undefined,
    prepack: false,
  });
  return {
    async run(_, feeds) {
      const fed = session.inputNames.map((name) => [name, engineTensor(feeds[name]!)] as const);
      const found = Object.entries(await session.run(Object.fromEntries(fed)));
      return { outputs: Object.fromEntries(found.map(([name, tensor]) => [name, fromEngine(name, tensor)])), kept: {} };
    },
    put: putTensor,
    close: () => session.release(),
  };
}
