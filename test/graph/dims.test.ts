import { describe, expect, it } from 'vitest';
import { addDims, canonical, dimSize, learnSize, multiplyDim, sameElements } from '../../extension/graph/dims.ts';

const sizes = new Map([
  ['P', 5],
  ['S', 7],
]);

describe('dimensions', () => {
  it('add up constants and symbols, and print equal sums equally', () => {
    expect(addDims('S', 16)).toBe('S+16');
    expect(addDims('S', 'P')).toBe('P+S');
    expect(addDims('P', 'S')).toBe('P+S');
    expect(addDims(addDims('S', 16), 'P')).toBe('P+S+16');
    expect(addDims('S', 'S')).toBe('2*S');
    expect(addDims('S+3', -3)).toBe('S');
    expect(addDims('S', -3)).toBe('S-3');
    expect(addDims(2, 3)).toBe(5);
    expect(canonical(['S+P', 'S+-3', 4])).toEqual(['P+S', 'S-3', 4]);
  });

  it('have sizes once their symbols have', () => {
    expect(dimSize('2*P+S-1', sizes)).toBe(16);
    expect(dimSize(multiplyDim('P+S', 3), sizes)).toBe(36);
    expect(() => dimSize('P+M', sizes)).toThrow('the dimension P+M has no size: no input of the graph has M');
    expect(() => dimSize('P+', sizes)).toThrow('a dimension must be like 3, S, S+16 or P+S, got P+');
  });

  it('tell the size of their only unknown symbol', () => {
    const known = new Map([['S', 7]]);
    expect(learnSize('P+S', 12, known)).toBe(true);
    expect(known.get('P')).toBe(5);
    expect(learnSize('P+S', 13, known)).toBe(false);
    expect(learnSize('2*M', 7, known)).toBe(false);
    expect(learnSize('M+16', 15, known)).toBe(false);
    expect(learnSize('K+M', 9, known)).toBeUndefined();
    expect(known.has('M')).toBe(false);
  });

  it('may be regrouped as long as their product stays and their symbols keep their order', () => {
    expect(sameElements(['B', 6, 'S', 4], ['B', 2, '3*S', 4])).toBe(true);
    expect(sameElements(['B', 3, 'S+2'], ['B', '3*S+6'])).toBe(true);
    expect(sameElements(['B', 'S'], ['S', 'B'])).toBe(false);
    expect(sameElements(['B', '3*S'], ['B', 'S'])).toBe(false);
  });
});
