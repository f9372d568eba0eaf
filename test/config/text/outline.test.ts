import { describe, expect, it } from 'vitest';
import { countText, methodInlays } from '../../../extension/config/editor/lens.ts';
import { type OutlineItem, outline } from '../../../extension/config/text/outline.ts';
import { parseConfig } from '../../../extension/config/text/parse.ts';
import type { ParameterCounts } from '../../../extension/contract/run.ts';

const drawn = (items: readonly OutlineItem[], indent = ''): readonly string[] =>
  items.flatMap(({ name, detail, kind, children, selection }) => [
    `${indent}${kind} ${name}${detail && `: ${detail}`} @${selection.start.line}`,
    ...drawn(children, `${indent}  `),
  ]);

const counts = (method: number, head: number, base: number, methodTrained = method): ParameterCounts => ({
  method,
  methodTrained,
  head,
  base,
  percent: (100 * method) / base,
  byComponent: {},
  byLayer: [],
});

describe('outline', () => {
  it('shows sections, keys and methods', () => {
    const text =
      'model: bert\ndata:\n  train: {file: a.tsv}\nmethods:\n  - ln-tuning\n  - prefix: {length: 8}\ntraining: {epochs: 3}\n';
    expect(drawn(outline(parseConfig(text)))).toEqual([
      'key model: bert @1',
      'section data @2',
      '  section train @3',
      '    key file: a.tsv @3',
      'section methods @4',
      '  method ln-tuning @5',
      '  method prefix @6',
      '    key length: 8 @6',
      'section training @7',
      '  key epochs: 3 @7',
    ]);
  });

  it('shows as much of a half-typed text as can be read, and nothing of an empty one', () => {
    expect(drawn(outline(parseConfig('model: b\ntra\ndata: {tr')))).toEqual([
      'key model: b @1',
      'key tra @2',
      'section data @3',
      '  key tr @3',
    ]);
    expect(outline(parseConfig(''))).toEqual([]);
  });

  it('keeps the selection inside the range', () => {
    for (const item of outline(parseConfig('a:\nb: {c: 1}\n- d'))) {
      expect(item.selection.start.offset).toBeGreaterThanOrEqual(item.range.start.offset);
      expect(item.selection.end.offset).toBeLessThanOrEqual(item.range.end.offset);
    }
  });
});

describe('counts in the text', () => {
  it('reads like the paper', () => {
    expect(countText(counts(38_400, 592_130, 108_891_648))).toBe('38,400 tunable + 592,130 head (0.035\u202f%)');
    expect(countText(counts(294_912, 2, 108_891_648, 9_862_912))).toBe(
      '294,912 tunable + 2 head (0.27\u202f%, 9,862,912 while training)',
    );
    expect(countText(counts(1_152, 0, 865_152))).toBe('1,152 tunable (0.13\u202f%)');
  });

  it.each([
    ['methods: [ln-tuning, prefix: {length: 8}]', ['1:20 38,400', '1:41 294,912']],
    ['methods:\n  - ln-tuning\n  - prefix:\n      length: 8\n', ['2:14 38,400', '3:12 294,912']],
    ['methods:\n  - "ln-tuning" :\n  - prefix: {\n      length: 8}\n', ['2:18 38,400', '3:12 294,912']],
    ['methods: ln-tuning', ['1:19 38,400']],
    ['methods: {lora: {rank: 4}}', ['1:26 38,400']],
    ['methods: [5, {}]', []],
    ['model: b', []],
  ])('stands behind each method: %j', (text, expected) => {
    const inlays = methodInlays(parseConfig(text), [38_400, 294_912]);
    expect(inlays.map(({ position, text }) => `${position.line}:${position.column} ${text}`)).toEqual(expected);
  });

  it('leaves out what is not known', () => {
    expect(methodInlays(parseConfig('methods: [ln-tuning, oops]'), [38_400, undefined])).toHaveLength(1);
  });
});
