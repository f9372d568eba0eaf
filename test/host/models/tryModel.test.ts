import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { tryModels } from '../../../extension/host/models/tryModel.ts';
import type { TrainerProgram } from '../../../extension/processes/trainerCommand.ts';
import { runEntry } from '../../support/runEntry.ts';

/** A list that is open in the editor, and models that think as long as a test lets them. */
const editor = vi.hoisted(() => {
  const typed = { tell: (_text: string): void => {} };
  const box = {
    busy: false,
    placeholder: '',
    items: [] as readonly { readonly label: string; readonly description: string; readonly detail: string }[],
    onDidChangeValue(tell: (text: string) => void) {
      typed.tell = tell;
    },
    onDidHide() {},
    show() {},
  };
  return { box, typed, asked: [] as string[][] };
});
vi.mock('vscode', () => ({ window: { createQuickPick: () => editor.box } }));
vi.mock('../../../extension/host/trainer/modelServer.ts', () => ({
  ModelServer: class {
    ask(_run: string, text: string, pair?: string): Promise<never> {
      editor.asked.push(pair === undefined ? [text] : [text, pair]);
      return new Promise(() => {});
    }
  },
}));

const trainer: TrainerProgram = { node: 'node', nodeArguments: [] };
const type = async (text: string): Promise<void> => {
  editor.typed.tell(text);
  await vi.runAllTimersAsync();
};

beforeEach(() => {
  vi.useFakeTimers();
  editor.asked.length = 0;
});
afterEach(() => vi.useRealTimers());

it('ends its progress when the text is cleared while models still think', async () => {
  tryModels([runEntry()], trainer, '/w');
  await type('a film');
  expect([editor.asked, editor.box.busy]).toEqual([[['a film']], true]);
  await type(' ');
  expect([editor.asked, editor.box.busy]).toEqual([[['a film']], false]);
  expect(editor.box.items.map(({ detail }) => detail)).toEqual(['Type a text']);
});

it('tells models of one title apart by what differs', () => {
  const tuned = (id: string, rate: number) =>
    runEntry({ id, record: { config: { training: { learning_rate: rate } } } });
  tryModels([tuned('a', 0.001), tuned('b', 0.003)], trainer, '/w');
  expect(editor.box.items.map(({ description }) => description)).toEqual(['lr 1e-3', 'lr 3e-3']);
});

it('asks a run that learned from pairs with two texts, once both are typed, and others with the text as it is', async () => {
  const pairs = runEntry({ id: 'p', record: { config: { data: { train: { file: 'p.tsv', text_pair: 'second' } } } } });
  tryModels([pairs, runEntry({ id: 's' })], trainer, '/w');
  expect(editor.box.placeholder).toBe('A text to judge, or FIRST || SECOND');
  expect(editor.box.items.map(({ detail }) => detail)).toEqual(['Type a text, || and a second text', 'Type a text']);
  await type('a man sleeps ||');
  expect(editor.asked).toEqual([['a man sleeps ||']]);
  expect(editor.box.items[0]!.detail).toBe('Type a text, || and a second text');
  await type('a man sleeps || he is awake ');
  expect(editor.asked.slice(1)).toEqual([['a man sleeps', 'he is awake'], ['a man sleeps || he is awake']]);
});
