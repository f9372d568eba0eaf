import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { adapterFiles, runFiles } from '../../extension/contract/run.ts';
import { fakeTrainer } from '../support/fakeTrainerProcess.ts';
import { temporaryFolder } from '../support/temporaryFolder.ts';

const trainer = fakeTrainer();

describe('peft-lab serve', () => {
  it('answers each line, a wrong one too, and ends with its input', async () => {
    const { child, finished } = trainer.start(['serve'], temporaryFolder(), 'pipe');
    const ask = (line: unknown): boolean =>
      child.stdin!.write(`${typeof line === 'string' ? line : JSON.stringify(line)}\n`);
    ask({ id: 1, run: '/runs/a', text: 'fine' });
    ask({ id: 2, run: '/runs/a', text: 'fail' });
    ask('no JSON');
    ask({ id: 3, run: '/runs/b', text: 'good' });
    child.stdin!.end();
    const { code, stdout } = await finished;
    expect(code).toBe(0);
    expect(
      stdout
        .trim()
        .split('\n')
        .map((line) => JSON.parse(line)),
    ).toEqual([
      { id: 1, prediction: { text: 'fine', label: 'yes', probabilities: { no: 0.25, yes: 0.75 } } },
      { id: 2, error: '/runs/a: cannot be asked this' },
      { id: null, error: expect.stringContaining('JSON') },
      { id: 3, prediction: { text: 'good', label: 'yes', probabilities: { no: 0.25, yes: 0.75 } } },
    ]);
  });

  const settings = { maxTokens: 3, temperature: 0, topK: 0, topP: 1, repetitionPenalty: 1, seed: 0 };
  const start = () => {
    const { child, finished } = trainer.start(['serve'], temporaryFolder(), 'pipe');
    return { child, finished, ask: (line: object) => child.stdin!.write(`${JSON.stringify(line)}\n`) };
  };
  const parsed = (stdout: string): { readonly id: number; readonly piece?: string }[] =>
    stdout
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line));

  it('streams what a tuned model and its base write, and says what is wrong with a prompt', async () => {
    const { child, finished, ask } = start();
    const [run, base] = (['run', 'base'] as const).map((kind) => ({ kind, run: '/runs/a' }));
    ask({ id: 1, open: run });
    ask({ id: 2, write: run, prompt: 'The sea', settings });
    ask({ id: 3, write: base, prompt: 'The sea', settings });
    ask({ id: 4, write: run, prompt: 'fail', settings });
    ask({ id: 5, write: run, prompt: 'x', settings: { ...settings, topP: 2 } });
    child.stdin!.end();
    const answers = parsed((await finished).stdout);
    const to = (id: number) => answers.filter((answer) => answer.id === id);
    expect(to(1)).toEqual([{ id: 1, opened: { forms: ['text'], examples: ['an example'] } }]);
    const written = { tokens: 3, promptTokens: 1, reason: 'length', seconds: 0.5 };
    for (const [id, kind] of [
      [2, 'run'],
      [3, 'base'],
    ] as const) {
      const pieces = [0, 1, 2].map((i) => ({ id, piece: `${kind}${i} ` }));
      expect(to(id)).toEqual([{ id, read: ['The sea'] }, ...pieces, { id, written }]);
    }
    // Beside each other, not one after the other.
    const order = answers.flatMap(({ id, piece }) => (piece === undefined ? [] : [id]));
    expect(order.lastIndexOf(2)).toBeGreaterThan(order.indexOf(3));
    expect(to(4)).toEqual([{ id: 4, error: 'run: cannot be asked this' }]);
    expect(to(5)).toEqual([{ id: 5, error: expect.any(String) }]);
  });

  it('writes with the weights that a run has now, be it that they were replaced', async () => {
    const { child, finished, ask } = start();
    const run = temporaryFolder();
    const adapter = path.join(run, runFiles.adapter);
    mkdirSync(adapter);
    const tune = (step: number) => writeFileSync(path.join(adapter, adapterFiles.tensors), String(step));
    tune(8);
    const writer = { kind: 'run', run };
    ask({ id: 1, write: writer, prompt: 'The sea', settings });
    let seen = '';
    child.stdout!.on('data', (chunk) => {
      const isFirst = !seen.includes('"written"');
      seen += chunk;
      if (!isFirst || !seen.includes('"written"')) return;
      tune(240);
      ask({ id: 2, write: writer, prompt: 'The sea', settings });
      ask({ id: 3, write: { ...writer, kind: 'base' }, prompt: 'The sea', settings });
      child.stdin!.end();
    });
    const written = parsed((await finished).stdout).filter((answer) => 'written' in answer);
    const facts = { tokens: 3, promptTokens: 1, reason: 'length', seconds: 0.5 };
    expect(written.sort((a, b) => a.id - b.id)).toEqual([
      { id: 1, written: { ...facts, step: 8 } },
      { id: 2, written: { ...facts, step: 240 } },
      { id: 3, written: facts },
    ]);
  });

  it('ends a text when it is told to stop, and the others go on', async () => {
    const { child, finished, ask } = start();
    const endless = { ...settings, maxTokens: 1_000_000_000 };
    let seen = '';
    child.stdout!.on('data', (chunk) => {
      const isFirst = !seen.includes('"piece"');
      seen += chunk;
      if (!isFirst || !seen.includes('"piece"')) return;
      ask({ stop: 1 });
      ask({ id: 2, write: { kind: 'run', run: '/runs/a' }, prompt: 'more', settings });
      child.stdin!.end();
    });
    ask({ id: 1, write: { kind: 'run', run: '/runs/a' }, prompt: 'The sea', settings: endless });
    const answers = parsed((await finished).stdout);
    expect(answers.findLast(({ id }) => id === 1)).toMatchObject({ written: { reason: 'stopped' } });
    expect(answers.at(-1)).toMatchObject({ id: 2, written: { tokens: 3, reason: 'length' } });
  });
});

describe('peft-lab environment and drift', () => {
  it('say what is there and what is missing, and how far norms moved', async () => {
    const told = await trainer.start(['environment'], temporaryFolder()).finished;
    expect(told.stdout).toContain('onnx       ready: onnxruntime 1.0.0 on the CPU\nwebgpu     ready');
    expect(told.stdout).toContain('torch      not ready: executor: torch needs Python; install it');
    const json = await trainer.start(['environment', '--json'], temporaryFolder()).finished;
    expect(JSON.parse(json.stdout)).toMatchObject({ platform: 'linux x64', torch: { device: null } });
  });
});
