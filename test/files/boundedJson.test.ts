import { describe, expect, it } from 'vitest';
import { parseBoundedJson } from '../../extension/files/boundedJson.ts';

describe('bounded JSON', () => {
  it('is JSON', () => {
    const value = { a: [1, { b: '[[[{"' }, 'quote \\" and backslash \\\\'], '{': null, c: '' };
    expect(parseBoundedJson(JSON.stringify(value))).toEqual(value);
    expect(() => parseBoundedJson('{"a": "no end}')).toThrow(SyntaxError);
    expect(() => parseBoundedJson('')).toThrow(SyntaxError);
  });

  it('is refused when it nests deeper than any walk over it may go', () => {
    const nested = (levels: number): string => '['.repeat(levels) + ']'.repeat(levels);
    expect(() => parseBoundedJson(nested(100))).not.toThrow();
    expect(() => parseBoundedJson(nested(101))).toThrow('nested deeper than 100 levels');
    expect(() => parseBoundedJson(`{"a":`.repeat(1_000_000))).toThrow('nested deeper than 100 levels');
  });

  it('is refused when it has more keys than it may', () => {
    expect(parseBoundedJson('{"a:b": ":", "c": {"d": 1}}', 3)).toEqual({ 'a:b': ':', c: { d: 1 } });
    expect(() => parseBoundedJson('{"a:b": ":", "c": {"d": 1}}', 2)).toThrow('more than 2 keys');
  });

  it('counts no brackets inside strings, and one list after another once', () => {
    expect(parseBoundedJson(JSON.stringify(['[{'.repeat(1000)]))).toEqual(['[{'.repeat(1000)]);
    expect(parseBoundedJson(`[${Array(1000).fill('[]').join(',')}]`)).toHaveLength(1000);
    expect(parseBoundedJson('"\\\\"')).toBe('\\');
  });
});
