import { beforeEach, describe, expect, it } from 'vitest';
import { loadTokenizer, type TextTokenizer } from '../../extension/data/tokenizer/tokenizer.ts';
import { ignoredLabel } from '../../extension/graph/ops.ts';
import { findTask, type TaskName } from '../../extension/tasks/registry.ts';
import { writeTokenizer } from '../support/smallDecoder.ts';
import { temporaryFolder } from '../support/temporaryFolder.ts';

let tokenizer: TextTokenizer;
beforeEach(async () => {
  const folder = temporaryFolder();
  writeTokenizer(folder);
  tokenizer = await loadTokenizer(folder);
});

/** A row's tokens, and those of them that are predicted. */
function encoded(name: TaskName, cells: Record<string, unknown>, maxLength = 99) {
  const columns = { text: 'text', prompt: 'prompt', completion: 'completion' };
  const task = findTask(name);
  const { inputIds, target, fullLength } = task.encode({ file: 'a.csv', line: 3, cells }, columns, tokenizer, {
    labels: [],
    maxLength,
  });
  const predicted = [...inputIds].filter((id, i) => {
    if (target[i] !== ignoredLabel) expect(target[i]).toBe(id);
    return target[i] !== ignoredLabel;
  });
  return { ids: [...inputIds], predicted, fullLength };
}

describe('causal-lm', () => {
  it('predicts every token but the first, the end of the text included', () => {
    const { ids, predicted } = encoded('causal-lm', { text: 'A little text.' });
    expect(ids.length).toBeGreaterThan(4);
    expect(ids.at(-1)).toBe(tokenizer.eosTokenId);
    expect(predicted).toEqual(ids.slice(1));
  });

  it('cuts a long text at its end', () => {
    const whole = encoded('causal-lm', { text: 'A little text.' });
    const cut = encoded('causal-lm', { text: 'A little text.' }, 3);
    expect(cut.ids).toEqual(whole.ids.slice(0, 3));
    expect(cut.fullLength).toBe(whole.ids.length);
  });
});

describe('a text that is split', () => {
  const task = findTask('causal-lm');
  const whole = (count: number) => {
    const ids = Array.from({ length: count }, (_, i) => i + 5);
    const target = ids.map((id, i) => (i === 0 ? ignoredLabel : id));
    return { inputIds: ids, tokenTypeIds: ids.map(() => 0), target, fullLength: count };
  };

  it.each([2, 3, 9, 10, 11, 18, 19, 20, 100])('has every token but the first predicted once: %i tokens', (count) => {
    const pieces = task.pieces!(whole(count), 10);
    expect(pieces.flatMap(({ target }) => target.filter((label) => label !== ignoredLabel))).toEqual(
      whole(count).inputIds.slice(1),
    );
    for (const { inputIds, tokenTypeIds, target } of pieces) {
      expect(inputIds.length).toBeLessThanOrEqual(10);
      expect([tokenTypeIds.length, target.length]).toEqual([inputIds.length, inputIds.length]);
      expect(target[0]).toBe(ignoredLabel);
      for (const [i, label] of target.entries()) if (i > 0) expect(label).toBe(inputIds[i]);
    }
    expect(pieces).toHaveLength(Math.ceil((count - 1) / 9));
  });
});

describe('completion', () => {
  it('predicts what follows the prompt and its end, whatever the prompt is', () => {
    const { ids, predicted } = encoded('completion', { prompt: 'name[The Mill]', completion: 'It is a mill.' });
    const given = tokenizer.ids('name[The Mill]');
    expect(predicted).toEqual([...tokenizer.ids(' It is a mill.'), tokenizer.eosTokenId]);
    expect(ids).toEqual([...given, ...predicted]);
  });

  it.each([
    ['a:', 'b', ' b'],
    ['a: ', 'b', 'b'],
    ['a:', '\nb', '\nb'],
  ])('divides %j and %j by one space at most', (prompt, completion, written) => {
    const { predicted } = encoded('completion', { prompt, completion });
    expect(predicted.slice(0, -1)).toEqual(tokenizer.ids(written));
  });

  it('refuses a row whose prompt leaves no room, and one without a completion', () => {
    const row = { prompt: 'name[The Mill]', completion: 'It is a mill.' };
    expect(() => encoded('completion', row, 4)).toThrow(
      'a.csv:3: there must be a token to predict in the first 4 tokens, got none; raise data.max_length, remove the row, or set data.on_bad_row: skip',
    );
    expect(() => encoded('completion', { prompt: 'a', completion: ' ' })).toThrow('`completion` must not be empty');
  });
});

it('labels each predicted token at the row of the token before it', () => {
  const task = findTask('completion');
  const example = (index: number, target: readonly number[]) => ({
    ...{ index, target, inputIds: [...target.keys()], tokenTypeIds: target.map(() => 0) },
  });
  const feeds = task.collateLabels([example(0, [-100, -100, 7, 8]), example(1, [-100, 9])], 4);
  expect([...feeds.rows!.data].map(Number)).toEqual([1, 2, 4]);
  expect([...feeds.labels!.data].map(Number)).toEqual([7, 8, 9]);
  expect(task.collateLabels([example(0, [-100, -100])], 2).labels!.shape).toEqual([0]);
});
