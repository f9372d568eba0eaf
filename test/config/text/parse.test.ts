import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { checkConfig } from '../../../extension/config/checks/check.ts';
import { maxConfigBytes, parseConfig } from '../../../extension/config/text/parse.ts';
import { applyFix, fixed, printed } from '../support.ts';

const problems = (source: string | Uint8Array): readonly string[] => printed(parseConfig(source).diagnostics);
const asOnWindows = (text: string): string => text.replaceAll('\n', '\r\n');
const bytes = (...list: number[]): Uint8Array => Uint8Array.from(list);

describe('parseConfig', () => {
  it('reads plain values', () => {
    expect(parseConfig('a: 1e-3\nb: [x, 6-11, true, null]\nc: {d: "1"}\n').value).toEqual({
      a: 0.001,
      b: ['x', '6-11', true, null],
      c: { d: '1' },
    });
  });

  it.each([
    ['a: 1\na: 2\n', '2:1 error a: a must appear once, got it again (first on line 1); remove one'],
    ['b: {a: 1, a: 2}', '1:11 error b.a: a must appear once, got it again (first on line 1); remove one'],
    ['a:\n\tb: 1', '2:1 error indentation must be spaces, got a tab; use two spaces'],
    ['a: 1\n---\nb: 1\n', '2:1 error a config must be one YAML document; remove the `---` and what follows'],
    ['a: *x', '1:4 error a: *x must name an anchor set before it; write &x'],
    ['a: &x [*x]', '1:8 error a[0][0]: *x must not contain itself; write the value out'],
    [
      'a: [1, 2\nb: 3',
      '2:1 error entries of one mapping or list must start at the same column, and brackets must be closed',
    ],
    ['a: "x', '1:6 error must be followed by what closes it: a colon after a key, a closing quote or bracket'],
    [
      'a: b: c',
      '1:4 error a line must hold one `key: value`; put the second on a line of its own, or the value in quotes',
    ],
    ['a: @x', '1:4 error text must not start with this character unquoted; put it in quotes'],
    [
      'a: "\\q"',
      '1:5 error text in double quotes must use valid escapes; write \\\\ for a backslash, or use single quotes',
    ],
    [
      'x-a: &a {b: 1}\nc:\n  <<: [a]\n',
      '3:7 error c.<<: must be *NAME of a mapping, or a list of such, got ["a"]; write the * before the name',
    ],
    [
      'x-a: &a 5\n<<: *a\n',
      '2:5 error <<: must be *NAME of a mapping, or a list of such, got 5; write the * before the name',
    ],
    ['<<:\n', '1:4 error <<: must be *NAME of a mapping, or a list of such, got nothing; write the * before the name'],
    ['a: &x &y 1', '1:7 error a value must have at most one anchor; remove one'],
    ['a: !!foo 1', '1:4 error a tag must be one that YAML defines; remove it'],
    ['%YAML 3.0\n---\na: 1', '1:7 error a line that starts with % must be a YAML directive; remove it'],
    ['- a\nb: 1', '2:1 error must be `key: value` lines or a list of `- item` lines, got something else here'],
    ['a: &x *y', '1:7 error an alias must stand alone; remove its anchor or tag'],
    ['a: * ', '1:4 error an alias must have a name; write *name'],
    ['a: !!str !!str x', '1:10 error a value must have at most one tag; remove one'],
    ['!!set [a]', '1:1 error a tag must fit the value it stands before; remove the tag'],
    ['a: {b: \n  - c}', '2:3 error inside brackets only bracketed lists and mappings may nest; write them in one form'],
    [`${'k'.repeat(1100)}: 1`, '1:1 error a key must have at most 1024 characters'],
    ['a\nb: 1', '1:1 error a key must stand on one line and be followed by a colon'],
    ['1: 2', '1:1 error a key must be text, got 1; put it in quotes'],
    ['? ', '1:3 error a key must be text, got nothing'],
    ['[a]: 2', '1:1 error a key must be text, got a list or mapping'],
    ['[', '1:2 error must be followed by what closes it: a colon after a key, a closing quote or bracket'],
  ])('says what is wrong with %j', (text, message) => {
    expect(problems(text)).toContain(message);
    expect(problems(asOnWindows(text))).toEqual(problems(text));
  });

  it('tells a merge of an unknown name once', () => {
    expect(problems('<<: *x')).toEqual(['1:5 error <<: *x must name an anchor set before it; write &x']);
    expect(problems('a: &a {b: 1}\n<<: [*a, *x]')).toHaveLength(1);
  });

  it('turns a tab into spaces', () => {
    const text = 'a:\n\tb: 1\n';
    const fix = parseConfig(text).diagnostics[0]!.fixes![0]!;
    expect([fix.title, applyFix(text, fix)]).toEqual(['Indent with spaces', 'a:\n  b: 1\n']);
  });

  it.each([
    [bytes(0x61, 0x3a, 0x20, 0xff, 0x0a), '1:4 error must be UTF-8 text, got byte 0xFF; save the file as UTF-8'],
    [bytes(0x61, 0x0a, 0xc3, 0xa4, 0xc3), '2:2 error must be UTF-8 text, got byte 0xC3; save the file as UTF-8'],
    [bytes(0x61, 0x3a, 0x63, 0xe9, 0x20, 0x62), '1:4 error must be UTF-8 text, got byte 0xE9; save the file as UTF-8'],
    [bytes(0x61, 0xf0, 0x9f, 0x98, 0x20), '1:2 error must be UTF-8 text, got byte 0xF0; save the file as UTF-8'],
    [bytes(0xff, 0xfe, 0x61, 0x00), '1:1 error must be UTF-8 text, got UTF-16; save the file as UTF-8'],
  ])('refuses bytes that are not UTF-8: %j', (source, message) => {
    expect(problems(source)).toEqual([message]);
  });

  it('reads UTF-8 with a byte order mark', () => {
    const parsed = parseConfig(bytes(0xef, 0xbb, 0xbf, ...new TextEncoder().encode('ä: 1')));
    expect([parsed.value, parsed.diagnostics]).toEqual([{ ä: 1 }, []]);
  });

  it('refuses a text that is data rather than a config', () => {
    const text = `a: ${'x'.repeat(1_200_000)}`;
    expect(problems(text)).toEqual([
      '1:1 error a config must be at most 1024 KB, got 1172 KB; keep data in files and name them under data',
    ]);
  });

  it('reads a text of a megabyte', () => {
    const entry = '  - lora:\n      rank: 8\n';
    const count = Math.floor(maxConfigBytes / entry.length) - 1;
    const { value, diagnostics } = parseConfig(`methods:\n${entry.repeat(count)}`);
    expect(diagnostics).toEqual([]);
    expect((value as { methods: unknown[] }).methods).toHaveLength(count);
  });

  it('stops an alias bomb', () => {
    const bomb = ['a: &a [x, x, x, x, x, x, x, x, x]'];
    for (let i = 1; i < 12; i++) {
      const before = String.fromCharCode(96 + i);
      bomb.push(
        `${String.fromCharCode(97 + i)}: &${String.fromCharCode(97 + i)} [${Array(9).fill(`*${before}`).join(', ')}]`,
      );
    }
    const found = problems(bomb.join('\n'));
    expect(found).toHaveLength(1);
    expect(found[0]).toMatch(
      /^4:\d+ error d\[\d\]: aliases must expand to at most 2000 values in all, got more; write the values out$/,
    );
  });

  it.each(['[', '{a: ', '- ', '? ', '\n'])('survives nesting by %j', (open) => {
    const text =
      open === '\n'
        ? Array.from({ length: 300 }, (_, depth) => `${' '.repeat(depth)}a:`).join('\n')
        : open.repeat(Math.floor(maxConfigBytes / open.length) - 1);
    expect(problems(text).join()).toMatch(/^\d+:\d+ error lists and mappings must nest at most 40 deep, got more$/);
  });

  it('is quick with many keys, aliases and errors', () => {
    const keys = Array.from({ length: 20_000 }, (_, i) => `k${i}: 1`).join('\n');
    const aliases = `a: &a 1\nb: [${Array(30_000).fill('*a').join(', ')}]`;
    const started = performance.now();
    parseConfig(keys);
    parseConfig(aliases);
    parseConfig('@\n'.repeat(20_000));
    expect(performance.now() - started).toBeLessThan(15_000);
  });

  it('keeps a key __proto__ a key', () => {
    const { value } = parseConfig('__proto__: {polluted: 1}');
    expect(Object.keys(value as object)).toEqual(['__proto__']);
    expect(({} as { polluted?: unknown }).polluted).toBeUndefined();
  });

  it('never throws, whatever the text', () => {
    const piece = fc.constantFrom(
      'a: ',
      'b',
      '- ',
      '[',
      ']',
      '{',
      '}',
      ':',
      '\n',
      '  ',
      '\t',
      '"',
      "'",
      '|',
      '>',
      '&a ',
      '*a',
      '!!x ',
      '#',
      '? ',
      '---\n',
      ',',
      '1',
      '\u0000',
      '😀',
    );
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 30 }), (pieces) => {
        const text = pieces.join('');
        for (const { range } of parseConfig(text).diagnostics) {
          expect(range.end.offset).toBeLessThanOrEqual(text.length);
          expect(range.start.offset).toBeLessThanOrEqual(range.end.offset);
        }
      }),
      { numRuns: 500, seed: 7 },
    );
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 60 }), (source) => parseConfig(source).diagnostics.length >= 0),
      { numRuns: 300, seed: 7 },
    );
  });
});

describe('an entry that begins deeper than the one above it', () => {
  it.each([
    ['data:\n  train: a.tsv\n   validation: b.tsv\n', 'data:\n  train: a.tsv\n  validation: b.tsv\n', '3:1'],
    [
      'training:\n  epochs: 1\n    seed: 2\n    dropout: 0\n  batch_size: 4\n',
      'training:\n  epochs: 1\n  seed: 2\n  dropout: 0\n  batch_size: 4\n',
      '3:1',
    ],
    ['model: bert\n data:\n', 'model: bert\ndata:\n', '2:1'],
    [
      'data:\n    train: a\n  validation: b\n\n  # rest\n  test:\n    file: c\nmethods: [lora]\n',
      'data:\n    train: a\n    validation: b\n\n  # rest\n    test:\n      file: c\nmethods: [lora]\n',
      '3:1',
    ],
    ['data:\n    train: a\n\n  # c\n  validation: b\n', 'data:\n    train: a\n\n  # c\n    validation: b\n', '5:1'],
    [
      't:\n   a:\n     b: 1\n    c:\n      d: 1\n   e: 2\n',
      't:\n   a:\n     b: 1\n     c:\n       d: 1\n   e: 2\n',
      '4:1',
    ],
    ['a:\n  b: 1\n    c:\n    d: [2]\ne: 3\n', 'a:\n  b: 1\n  c:\n  d: [2]\ne: 3\n', '3:1'],
  ])('is one error, and the rest is read as if it were right: %j', (text, right, place) => {
    const parsed = parseConfig(text);
    expect(printed(parsed.diagnostics)).toEqual([
      expect.stringMatching(
        new RegExp(`^${place} error must begin with .* as the (line above does|entries above do), got \\d`),
      ),
    ]);
    expect(parsed.value).toEqual(parseConfig(right).value);
    expect(Object.values(fixed(text, parsed.diagnostics))).toEqual([right]);

    const windows = parseConfig(asOnWindows(text));
    expect(printed(windows.diagnostics)).toEqual(printed(parsed.diagnostics));
    expect(windows.value).toEqual(parsed.value);
    expect(Object.values(fixed(windows.text, windows.diagnostics))).toEqual([asOnWindows(right)]);
  });

  it.each([
    'training:\n  epochs: 1\nmethods: lora\n',
    'methods:\n- lora\ntraining:\n  epochs: 1\n',
    'methods:\n  - lora: {rank: 4}\n',
  ])('stays beside the block above it where only that declares its key, and loses the blank: %j', (rest) => {
    const head = 'model: m\ntask: classification\ndata:\n  train: a.tsv\n  validation: b.tsv\n';
    const [text, right] = [`${head} ${rest}`, head + rest];
    const { diagnostics, parsed } = checkConfig(text);
    const [first, ...others] = diagnostics;
    expect(printed([first!])).toEqual(['6:1 error must begin with no space as data does, got 1']);
    expect(printed(others)).toEqual(printed(checkConfig(right).diagnostics));
    expect(parsed.value).toEqual(parseConfig(right).value);
    expect(fixed(text, [first!])).toEqual({ 'Begin with no space': right });
  });

  it('leaves the place of every other value, and renames no key that it moved', () => {
    const text = 'training:\n  epochs: 1\n    sed: 2\n  dropot: 2\n';
    const { diagnostics } = checkConfig(text);
    const unknown = diagnostics.filter(({ code }) => code === 'unknown-key');
    expect(unknown.map(({ path, fixes }) => [path.at(-1), fixes?.[0]?.title])).toEqual([
      ['sed', undefined],
      ['dropot', 'Rename to dropout'],
    ]);
    expect(unknown[1]!.range.start).toMatchObject({ line: 4, column: 3 });
  });

  it.each(['a: "x\n  b: c\n', 'a: [x\n  b: c\n', 'a: |\n  b: c\n', 'a: x\n  b: c\n  word\n'])(
    'is not guessed at where the value above may go on: %j',
    (text) => {
      expect(parseConfig(text).diagnostics.map(({ code }) => code)).not.toContain('stray-indent');
    },
  );
});
