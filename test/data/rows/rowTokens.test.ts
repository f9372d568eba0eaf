import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { rowTokens } from '../../../extension/data/rows/rowTokens.ts';
import { loadTokenizer } from '../../../extension/data/tokenizer/tokenizer.ts';
import { findTask, type TaskName } from '../../../extension/tasks/registry.ts';
import type { Columns } from '../../../extension/tasks/rows/row.ts';

const golden = path.join(import.meta.dirname, '../../golden/tokenizers');
const wordpiece = await loadTokenizer(path.join(golden, 'wordpiece'));
const bytelevel = await loadTokenizer(path.join(golden, 'bytelevel'));

const view = (task: TaskName, cells: object, columns: Columns, maxLength: number, tokenizer = wordpiece) =>
  rowTokens(
    { file: 'a.tsv', line: 7, cells: { ...cells } },
    columns,
    { task: findTask(task), tokenizer },
    { max_length: maxLength, on_bad_row: 'error' },
  );
const marks = (one: ReturnType<typeof view>) => one.tokens.map(({ text, mark }) => `${text.trim()} ${mark}`);

describe('rows as the model reads them', () => {
  it('tells a text with its label, and what is cut of it', () => {
    const columns = { text: 'a', label: 'b' };
    const row = { a: 'lobo dole sire rase', b: 'good' };
    const whole = view('classification', row, columns, 64);
    expect(whole).toMatchObject({ line: 7, label: 'good', text: '[CLS] lobo dole sire rase [SEP]' });
    expect(new Set(whole.tokens.map(({ mark }) => mark))).toEqual(new Set(['context']));
    expect(whole.tokens.map(({ id }) => id)).toEqual(wordpiece.encode(row.a, undefined, 64).inputIds);
    expect(marks(view('classification', row, columns, 4))).toEqual([
      '[CLS] context',
      'lobo context',
      'dole context',
      'sire cut',
      'rase cut',
      '[SEP] context',
    ]);
  });

  it('tells both places where two texts are cut', () => {
    const row = { a: 'lobo dole sire', c: 'dole sire rase', b: 1.5 };
    const cut = view('regression', row, { text: 'a', textPair: 'c', label: 'b' }, 7);
    expect(cut.label).toBe('1.5');
    expect(marks(cut).filter((mark) => mark.endsWith('cut'))).toEqual(['sire cut', 'rase cut']);
  });

  it('tells the labels of words at their first tokens', () => {
    const row = { a: ['lobo', 'lobodole', 'rase'], b: ['O', 'B-X', 'O'] };
    const { tokens } = view('token-classification', row, { tokens: 'a', label: 'b' }, 5);
    const told = tokens.map(({ mark, label }) => [mark, label]);
    expect(told.slice(4, -1).every(([mark]) => mark === 'cut')).toBe(true);
    expect([...told.slice(0, 4), told.at(-1)]).toEqual([
      ['context', undefined],
      ['loss', 'O'],
      ['loss', 'B-X'],
      ['context', undefined],
      ['context', undefined],
    ]);
  });

  it('marks no token of masked-lm, whose tokens are chosen anew in each epoch', () => {
    const { tokens } = view('masked-lm', { a: 'lobo dole' }, { text: 'a' }, 64);
    expect(tokens.every(({ mark }) => mark === 'context')).toBe(true);
  });

  it('shows a part of a character as the vocabulary has it', () => {
    const { tokens } = view('masked-lm', { a: 'é漢 a' }, { text: 'a' }, 64, bytelevel);
    expect(tokens.some(({ text }) => text.includes('\ufffd'))).toBe(false);
    expect(tokens.every(({ text }) => text !== '')).toBe(true);
  });

  it('refuses a row that is wrong', () => {
    expect(() => view('classification', { a: '', b: 'x' }, { text: 'a', label: 'b' }, 64)).toThrow(
      'a.tsv:7: `a` must not be empty',
    );
  });
});
