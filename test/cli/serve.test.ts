import { describe, expect, it } from 'vitest';
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
