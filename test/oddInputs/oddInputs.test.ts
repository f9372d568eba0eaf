import { cpSync, existsSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { RunStore } from '../../extension/runs/folder/store.ts';
import { newRun } from '../support/newRun.ts';
import { temporaryFolder } from '../support/temporaryFolder.ts';
import { boundedCommand } from './boundedCommand.ts';

/**
 * Inputs that were wrong or dangerous somewhere, as people have them, through the built command line: each is told in a
 * sentence that holds the cure, in bounded time and memory.
 */

const model = path.resolve(import.meta.dirname, '../../examples/model');
/** A busy machine is slow, not wrong. */
const limitMs = 60_000;
/** What looks at files without training: Node takes 60, reading and checking the rest. */
const mostMiB = 300;

type Files = Readonly<Record<string, string | Uint8Array>>;

function workplace(files: Files, links: Readonly<Record<string, string>> = {}): string {
  const folder = temporaryFolder();
  for (const [name, content] of Object.entries(files)) {
    mkdirSync(path.dirname(path.join(folder, name)), { recursive: true });
    writeFileSync(path.join(folder, name), content);
  }
  for (const [name, target] of Object.entries(links)) {
    mkdirSync(path.dirname(path.join(folder, name)), { recursive: true });
    symlinkSync(target, path.join(folder, name));
  }
  return folder;
}

const config = (more: Readonly<Record<string, unknown>> = {}): string =>
  JSON.stringify({
    model,
    task: 'classification',
    data: { train: 'train.tsv', validation: 'train.tsv', max_length: 32 },
    methods: ['ln-tuning'],
    training: { max_steps: 1, batch_size: 4 },
    ...more,
  });

const reading = (train: string, more: Readonly<Record<string, unknown>> = {}): string =>
  config({ data: { train, validation: train, max_length: 32, ...more } });

const rows = (count: number): string =>
  `text\tlabel\n${Array.from({ length: count }, (_, i) => `the film number ${i} was fine\t${i % 2 ? 'good' : 'bad'}`).join('\n')}\n`;

const tagged = (tags: readonly (string | number)[]): string =>
  Array.from({ length: 8 }, () =>
    JSON.stringify({ tokens: tags.map((_, i) => ['paul', 'smith', 'saw', 'rome'][i % 4]), label: tags }),
  ).join('\n');

const latin1 = (text: string): Uint8Array => Buffer.from(text, 'latin1');

/** Name, files, words of the command, exit code, what it says. */
const cases: readonly (readonly [string, Files, readonly string[], number, RegExp])[] = [
  ...data(),
  [
    'a commit that YAML reads as a number',
    {
      'a.peft.yaml': `model: ${model}\nrevision: 72225e2\ntask: classification\ndata: train.tsv\nmethods: [ln-tuning]\n`,
    },
    ['check', 'a.peft.yaml'],
    2,
    /revision: .*got 72225e2.*"72225e2"/,
  ],
  [
    'a config of thousands of mistakes',
    { 'a.peft.yaml': Array.from({ length: 9000 }, (_, i) => `key${i}: 1`).join('\n') },
    ['check', 'a.peft.yaml'],
    2,
    /more/,
  ],
  [
    'a config that is nested a hundred thousand deep',
    { 'a.peft.yaml': '['.repeat(100_000) },
    ['check', 'a.peft.yaml'],
    2,
    /must nest at most \d+ deep/,
  ],
  [
    'a method whose name draws on the terminal',
    { 'train.tsv': rows(8), 'a.peft.yaml': config({ methods: ['\u001b]0;owned\u0007\u001b[2Jlora'] }) },
    ['check', 'a.peft.yaml'],
    2,
    /unknown method .*\\u001b/i,
  ],
];

function data(): typeof cases {
  const check = ['check', 'a.peft.yaml'];
  const csv = 'text,label\n"caf\u00e9 was fine",good\nbad film,bad\n'.repeat(1);
  return [
    [
      'a file in Latin-1',
      { 'a.csv': latin1(csv), 'a.peft.yaml': reading('a.csv') },
      check,
      2,
      /a\.csv:2: must be UTF-8.*data\.encoding/,
    ],
    [
      'a file in UTF-16',
      { 'a.csv': Buffer.from(`\ufeff${csv}`, 'utf16le'), 'a.peft.yaml': reading('a.csv') },
      check,
      2,
      /must be UTF-8, got UTF-16; set data\.encoding/,
    ],
    [
      'a file in Latin-1 that says so',
      { 'a.csv': latin1(csv), 'a.peft.yaml': reading('a.csv', { encoding: 'latin1' }) },
      check,
      0,
      /0 errors|no problems|warning|note/,
    ],
    [
      'columns of one name',
      { 'a.csv': 'text,label,label\nfine,good,good\nbad,bad,bad\n', 'a.peft.yaml': reading('a.csv') },
      check,
      2,
      /each column must appear once, got `label` twice/,
    ],
    [
      'a file without a header',
      { 'a.csv': '2,fine film,good\n1,bad film,bad\n', 'a.peft.yaml': reading('a.csv') },
      check,
      2,
      /data\.columns/,
    ],
    [
      'semicolons between the columns',
      { 'a.csv': 'text;label\nfine;good\nbad;bad\n', 'a.peft.yaml': reading('a.csv') },
      check,
      2,
      /data\.delimiter/,
    ],
    [
      'a number beyond 2^53 for a label',
      {
        'a.jsonl': '{"text": "a", "label": 9007199254740992}\n{"text": "b", "label": 9007199254740993}\n'.repeat(4),
        'a.peft.yaml': reading('a.jsonl'),
      },
      check,
      0,
      /./,
    ],
    [
      'no label in a row',
      {
        'a.jsonl': '{"text": "a", "label": 1}\n{"text": "b", "label": 0}\n{"text": "c", "label": null}\n',
        'a.peft.yaml': reading('a.jsonl'),
      },
      check,
      2,
      /a\.jsonl:3: `label` must have a value, got null/,
    ],
    [
      'several labels in a row',
      {
        'a.jsonl': '{"text": "a", "label": [1, 0]}\n{"text": "b", "label": [0, 1]}\n',
        'a.peft.yaml': reading('a.jsonl'),
      },
      check,
      2,
      /several labels a row are not supported/,
    ],
    [
      'words numbered in front',
      {
        'a.conll': '1\tPaul\tB-PER\n2\tsaw\tO\n3\tRome\tB-LOC\n\n1\tHe\tO\n2\tleft\tO\n',
        'a.peft.yaml': config({ task: 'token-classification', data: { train: 'a.conll', validation_split: 0.5 } }),
      },
      check,
      2,
      /first column must be the word.*data\.tokens/,
    ],
    [
      'texts longer than the model reads',
      {
        'a.tsv': `text\tlabel\n${'a long film '.repeat(20)}\tgood\nfine\tbad\nbad\tbad\ngood\tgood\n`,
        'a.peft.yaml': reading('a.tsv'),
      },
      check,
      0,
      /data\.train: 1 of 4 rows \(25 %\) are cut to data\.max_length 32/,
    ],
    [
      'tags that are numbers',
      {
        'a.jsonl': tagged([0, 1, 2, 0]),
        'a.peft.yaml': config({
          task: 'token-classification',
          data: { train: 'a.jsonl', validation: 'a.jsonl', max_length: 32 },
        }),
      },
      check,
      0,
      /data\.labels/,
    ],
    [
      'tags without a scheme',
      {
        'a.jsonl': tagged(['PER', 'PER', 'O', 'ORG']),
        'a.peft.yaml': config({
          task: 'token-classification',
          data: { train: 'a.jsonl', validation: 'a.jsonl', max_length: 32 },
        }),
      },
      check,
      0,
      /accuracy/,
    ],
  ];
}

describe('an odd input is told in a sentence', () => {
  it.each(cases)('%s', async (_, files, words, code, says) => {
    const result = await boundedCommand(words, workplace(files), { limitMs });
    expect(result).toMatchObject({ code, text: expect.stringMatching(says) });
    // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what must not come.
    expect(result.text).not.toMatch(/[\u0000-\u0008\u000b-\u001f\u007f]|\n\s+at .*:\d+:\d+/);
    expect(result.peakMiB).toBeLessThan(mostMiB);
  });
});

describe.runIf(process.platform === 'linux')('a folder that is only looked at', () => {
  const runFiles = ['run.json', 'notes.json', 'summary.json', 'process.json', 'journal.jsonl'];

  it.each(
    runFiles.flatMap((name) => ['/dev/zero', '/dev/stdin', '.', 'loop'].map((target) => [name, target] as const)),
  )('lists its other runs where %s of one is a link to %s', async (name, target) => {
    const folder = workplace({});
    const store = new RunStore(path.join(folder, '.peft-lab', 'runs'));
    const [good, bad] = [store.create(newRun()), store.create(newRun())];
    const file = path.join(bad.folder, name);
    if (existsSync(file)) writeFileSync(`${file}.old`, readFileSync(file));
    const { rmSync } = await import('node:fs');
    rmSync(file, { force: true });
    symlinkSync(target === 'loop' ? file : target, file);
    const { code, text, peakMiB } = await boundedCommand(['runs'], folder, { limitMs });
    expect({ code, text }).toMatchObject({ code: 0, text: expect.stringContaining(good.id) });
    expect(peakMiB).toBeLessThan(mostMiB);
  });

  it('reads no config, model or data file that has no end', async () => {
    const tokenizer = path.join(model, 'tokenizer.json');
    const folder = workplace(
      {
        'train.tsv': rows(8),
        'model/tokenizer.json': readFileSync(tokenizer),
        'b.peft.yaml': config({ model: 'model' }),
      },
      { 'a.peft.yaml': '/dev/zero', 'model/config.json': '/dev/zero' },
    );
    cpSync(path.join(model, 'model.safetensors'), path.join(folder, 'model', 'model.safetensors'));
    for (const name of ['a.peft.yaml', 'b.peft.yaml']) {
      const { code, text, peakMiB } = await boundedCommand(['check', name], folder, { limitMs });
      expect({ code, text }).toMatchObject({
        code: expect.toBeOneOf([1, 2]),
        text: expect.stringMatching(/must be a file|regular/),
      });
      expect(peakMiB).toBeLessThan(mostMiB);
    }
  });
});
