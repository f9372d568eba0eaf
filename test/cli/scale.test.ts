import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { RunStore } from '../../extension/runs/folder/store.ts';
import { fakeTrainer } from '../support/fakeTrainerProcess.ts';
import { newRun } from '../support/newRun.ts';
import { temporaryFolder } from '../support/temporaryFolder.ts';

const trainer = fakeTrainer();

function workplace() {
  const folder = temporaryFolder();
  const store = new RunStore(path.join(folder, '.peft-lab', 'runs'));
  store.create(newRun());
  return (...words: string[]) => trainer.start(['scale', 'last', ...words], folder).finished;
}

describe('peft-lab scale', () => {
  it('shows the metrics at each λ, which is best and which the tuned model, and what to do next', async () => {
    const { code, stdout } = await workplace()();
    expect(code).toBe(0);
    const lines = stdout.split('\n');
    expect(lines[0]).toBe('872 rows of validation.tsv, 9,984 numbers of ln-tuning scaled; prefix as trained, 1.500 s');
    expect(lines.filter((line) => /^ *\d/.test(line)).slice(1)).toHaveLength(11);
    expect(stdout).toMatch(/^ *0 .*base$/m);
    expect(stdout).toMatch(/^ *0\.9 .*best$/m);
    expect(stdout).toMatch(/^ *1 .*as tuned$/m);
    expect(stdout).toContain(
      'at λ = 0.9 (as tuned 89.00\u202f%). Chosen on these rows: judge it on others (peft-lab evaluate RUN --data FILE --scale 0.9)',
    );
  });

  it('gives the curve as one object, of the range and rows that were asked for', async () => {
    const { stdout } = await workplace()('--json', '--by', '0.5..2', '--points', '4', '--data', 'other.tsv');
    const { points, file } = JSON.parse(stdout);
    expect(points.map(({ scale }: { scale: number }) => scale)).toEqual([0.5, 1, 1.5, 2]);
    expect(path.basename(file)).toBe('other.tsv');
  });

  it('takes 1 itself in place of the nearest λ', async () => {
    const { stdout } = await workplace()('--json');
    const scales = JSON.parse(stdout).points.map(({ scale }: { scale: number }) => scale);
    expect(scales).toEqual([0, 0.15, 0.3, 0.45, 0.6, 0.75, 0.9, 1, 1.2, 1.35, 1.5]);
  });

  it.each([
    [['--by', '1.5'], '--by: must be a range FROM..TO within 0..10, got 1.5; for example 0..1.5'],
    [['--by', '2..1'], '--by: must be a range FROM..TO within 0..10, got 2..1; for example 0..1.5'],
    [['--by', '-1..1'], '--by: must be a range FROM..TO within 0..10, got -1..1; for example 0..1.5'],
    [['--points', '1'], '--points: must be a whole number from 2 to 101, got 1; for example --points 2'],
  ])('refuses %j', async (words, message) => {
    const { code, stderr } = await workplace()(...words);
    expect({ code, stderr }).toEqual({ code: 2, stderr: `${message}\n` });
  });
});
