import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { expect, it } from 'vitest';
import { ModelServer } from '../../../extension/host/trainer/modelServer.ts';
import { fakeTrainer } from '../../support/fakeTrainerProcess.ts';
import { temporaryFolder } from '../../support/temporaryFolder.ts';

const trainer = fakeTrainer();

it.runIf(process.platform !== 'win32')(
  'says by which signal a model server was killed, with its last words',
  async () => {
    const folder = temporaryFolder();
    const file = path.join(folder, 'server.mjs');
    writeFileSync(
      file,
      "process.stdin.once('data', () => { process.stderr.write('loading\\n', () => process.kill(process.pid, 'SIGKILL')); });",
    );
    const server = new ModelServer({ node: process.execPath, nodeArguments: [file] }, folder);
    await expect(server.ask('run', 'a text')).rejects.toThrow(
      /^the trainer ended by SIGKILL \(by hand, or by the system when memory ran out\)\. loading$/,
    );
  },
);

it('says what to do where a Node of one’s own writes between the answers', async () => {
  const folder = temporaryFolder();
  const file = path.join(folder, 'server.mjs');
  writeFileSync(file, "console.log('[dotenv] injecting'); process.stdin.resume();");
  const server = new ModelServer({ node: process.execPath, nodeArguments: [file] }, folder);
  await expect(server.ask('run', 'a text')).rejects.toThrow(
    'peft-lab serve: must write JSON alone, got "[dotenv] injecting"; name a Node that writes nothing itself in peftLab.nodePath',
  );
});

it('hears a text in pieces, stops it, and asks for others while it is written', async () => {
  const server = new ModelServer(trainer.program(), temporaryFolder());
  const writer = { kind: 'run', run: '/runs/a' } as const;
  const settings = { maxTokens: 3, temperature: 0, topK: 0, topP: 1, repetitionPenalty: 1, seed: 0 };
  expect(await server.open(writer)).toEqual({ forms: ['text'], examples: ['an example'] });
  expect(await server.ask('/runs/b', 'good')).toMatchObject({ label: 'yes' });
  const heard: string[] = [];
  const abort = new AbortController();
  const listener = {
    onRead: (tokens: readonly string[]) => heard.push(`read ${tokens}`),
    onText: (piece: string) => {
      heard.push(piece);
      abort.abort();
    },
    signal: abort.signal,
  };
  const endless = { ...settings, maxTokens: 1_000_000_000 };
  const stopped = await server.write({ writer, prompt: 'The sea', settings: endless }, listener);
  expect(stopped.reason).toBe('stopped');
  expect(heard.slice(0, 2)).toEqual(['read The sea', 'run0 ']);
  // Stopped before it is asked, it writes nothing.
  expect(await server.write({ writer, prompt: 'The sea', settings: endless }, listener)).toMatchObject({ tokens: 0 });
  const { signal } = new AbortController();
  const fails = server.write({ writer, prompt: 'fail', settings }, { ...listener, signal });
  await expect(fails).rejects.toThrow('run: cannot be asked this');
  expect(server.isThere).toBe(true);
  await server.close();
  expect(server.isThere).toBe(false);
});
