import { describe, expect, it, vi } from 'vitest';
import { askInTurn, back, type Step, skipped } from '../../../extension/host/start/steps.ts';

vi.mock('vscode', () => ({ QuickInputButtons: { Back: {} }, QuickPickItemKind: { Separator: -1 } }));

/** Questions that are answered from a script; the order in which they were asked is kept. */
function scripted(...answers: readonly (readonly [step: number, answer: 'next' | 'back' | 'leave' | 'skip'])[]) {
  const left = [...answers];
  const asked: number[] = [];
  const steps = [0, 1, 2].map(
    (own): Step<readonly number[]> =>
      async (known) => {
        const [step, answer] = left.shift() ?? [own, 'next'];
        expect(own).toBe(step);
        asked.push(own);
        if (answer === 'back') return back;
        if (answer === 'leave') return undefined;
        return answer === 'skip' ? skipped : [...known, own];
      },
  );
  return { ask: () => askInTurn<readonly number[]>([], steps), asked };
}

describe('questions asked in turn', () => {
  it('hand on what is known, to the end', async () => {
    expect(await scripted().ask()).toEqual([0, 1, 2]);
  });

  it('come to nothing when one is left', async () => {
    expect(await scripted([0, 'next'], [1, 'leave']).ask()).toBeUndefined();
  });

  it('lead back, and forget what was answered after', async () => {
    const { ask, asked } = scripted([0, 'next'], [1, 'next'], [2, 'back'], [1, 'back'], [0, 'next'], [1, 'skip']);
    expect(await ask()).toEqual([0, 2]);
    expect(asked).toEqual([0, 1, 2, 1, 0, 1, 2]);
  });

  it('are passed over in both directions where there is nothing to ask', async () => {
    const { ask, asked } = scripted([0, 'next'], [1, 'skip'], [2, 'back'], [1, 'skip'], [0, 'next'], [1, 'skip']);
    expect(await ask()).toEqual([0, 2]);
    expect(asked).toEqual([0, 1, 2, 1, 0, 1, 2]);
  });
});
