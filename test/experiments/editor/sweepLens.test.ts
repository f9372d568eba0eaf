import { describe, expect, it } from 'vitest';
import { checkSweepText } from '../../../extension/experiments/editor/checkSweepText.ts';
import { sweepLens } from '../../../extension/experiments/editor/sweepLens.ts';

const right = checkSweepText('experiment: a.peft.yaml\nmethods: [ln-tuning, bitfit]\nseeds: 8\n');
const plain = (text: string): string => text.replaceAll('\u00a0', ' ');

describe('the line above a sweep', () => {
  it('says how many runs there will be, and what they need when that is known', () => {
    expect(plain(sweepLens(right, []).title)).toBe('▷ Start Sweep   16 runs');
    const lens = sweepLens(right, [], { seconds: 720, memoryBytes: 531e6, diskBytes: 40.2e6 });
    expect(plain(lens.title)).toBe('▷ Start Sweep   16 runs   ~12 min, ~530 MB, ~40 MB on disk');
    expect(lens.tooltip).toBe(
      "2 arms × 8 seeds = 16 runs\nAbout 12 min and 530 MB of memory on this machine's CPU; the run folders keep about 40 MB.",
    );
  });

  it('puts problems before numbers, and says nothing that is not known', () => {
    const wrong = checkSweepText('experiment: a.peft.yaml\nmethods: [lorra]\n');
    const lens = sweepLens(wrong, wrong.diagnostics, { seconds: 1, memoryBytes: 1, diskBytes: 1 });
    expect(plain(lens.title)).toBe('▷ Start Sweep   1 problem');
    expect(lens.tooltip).toContain('Fix the underlined problems before the sweep can start');
  });
});
