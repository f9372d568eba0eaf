import { describe, expect, it, vi } from 'vitest';
import { askForItems, askInTurn, back, type Step, skipped } from '../../../extension/host/start/steps.ts';

/** A list that is open in the editor: what a person ticks, and OK. */
const list = vi.hoisted(() => {
  const heard: Record<string, () => void> = {};
  const on = (what: string) => (tell: () => void) => {
    heard[what] = tell;
  };
  const pick = {
    title: '',
    items: [] as readonly unknown[],
    selectedItems: [] as readonly unknown[],
    onDidChangeSelection: on('selection'),
    onDidAccept: on('ok'),
    onDidTriggerButton: on('button'),
    onDidHide: on('hide'),
    show() {},
    dispose() {},
  };
  const tick = (...entries: readonly number[]): void => {
    pick.selectedItems = entries.map((entry) => pick.items[entry]);
    heard.selection?.();
  };
  return { pick, tick, ok: () => heard.ok?.() };
});
vi.mock('vscode', () => ({
  QuickInputButtons: { Back: {} },
  QuickPickItemKind: { Separator: -1 },
  window: { createQuickPick: () => list.pick },
}));

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

describe('a question for some entries of a list', () => {
  const items = ['a', 'b', 'c'].map((label) => ({ label }));
  const question = { title: 'What', placeholder: 'Tick some', canGoBack: false, items };

  it('is not answered with fewer entries than are asked for', async () => {
    const answered = askForItems({ ...question, least: 2 });
    for (const few of [[], [1]]) {
      list.tick(...few);
      expect(list.pick.title).not.toContain('tick');
      list.ok();
      expect(list.pick.title).toBe('What – tick at least two');
      list.pick.title = 'What';
    }
    list.ok();
    list.tick(0, 2);
    expect(list.pick.title).toBe('What');
    list.ok();
    expect(await answered).toEqual([items[0], items[2]]);
  });

  it('is answered with one where no more are asked for, and says so of none', async () => {
    const answered = askForItems(question);
    list.tick();
    list.ok();
    expect(list.pick.title).toBe('What – tick at least one');
    list.tick(1);
    list.ok();
    expect(await answered).toEqual([items[1]]);
  });
});
