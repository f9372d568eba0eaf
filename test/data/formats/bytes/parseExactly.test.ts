import { describe, expect, it } from 'vitest';
import { parseExactly } from '../../../../extension/data/formats/bytes/parseExactly.ts';

describe('JSON', () => {
  it.each([
    ['{"a":9007199254740992}', { a: '9007199254740992' }],
    ['{"a":[9007199254740993,-9007199254740993,7]}', { a: ['9007199254740993', '-9007199254740993', 7] }],
    ['{"a":1234567890123456}', { a: 1234567890123456 }],
    ['{"9007199254740993":"say \\"9007199254740993\\""}', { '9007199254740993': 'say "9007199254740993"' }],
  ])('%s keeps every digit of its integers', (text, value) => {
    expect(parseExactly(text)).toEqual(value);
  });

  it.each([
    '{"a":0.12345678901234567}',
    '{"a":-12345678901234567.5}',
    '{"a":12345678901234567e3}',
    '{"a":1e00000000000000001}',
  ])('%s is the number that JSON.parse reads', (text) => {
    expect(parseExactly(text)).toEqual(JSON.parse(text));
  });

  it('still refuses broken JSON', () => {
    expect(() => parseExactly('{"a":9007199254740993')).toThrow(SyntaxError);
  });
});
