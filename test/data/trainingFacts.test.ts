import { cpSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { beforeEach, describe, expect, it } from 'vitest';
import {
  encodeSafetensorsHeader,
  parseSafetensorsHeader,
} from '../../extension/checkpoint/format/safetensorsHeader.ts';
import { operations } from '../../extension/cli/operations.ts';
import { worldOf } from '../../extension/data/world.ts';
import { attempt, createRun, examples, smallConfig } from '../support/smallRun.ts';
import { temporaryFolder } from '../support/temporaryFolder.ts';

let folder: string;
let model: string;
let config: string;

beforeEach(() => {
  folder = temporaryFolder();
  model = path.join(folder, 'model');
  cpSync(path.join(examples, 'model'), model, { recursive: true });
  config = smallConfig(folder, { model: 'model', training: { max_steps: 2, batch_size: 8 } });
});

const file = (name: string) => path.join(model, name);
type Content = Readonly<Record<string, unknown>>;

const changeJson = (name: string, change: (content: Content) => Content): void => {
  writeFileSync(file(name), JSON.stringify(change(JSON.parse(readFileSync(file(name), 'utf8')))));
};

/** Renames tensors of the weights, or leaves them out; the values stay. */
function renameTensors(rename: (name: string) => string | undefined): void {
  const bytes = readFileSync(file('model.safetensors'));
  const length = Number(bytes.readBigUInt64LE(0));
  const { entries } = parseSafetensorsHeader(bytes.subarray(8, 8 + length), bytes.length, 'model');
  const kept = [...entries.values()].flatMap((entry) => {
    const name = rename(entry.name);
    return name === undefined ? [] : [{ ...entry, name }];
  });
  const header = encodeSafetensorsHeader(kept, {});
  const data = header.order.map(({ start, end }) => bytes.subarray(start, end));
  writeFileSync(file('model.safetensors'), Buffer.concat([header.bytes, ...data]));
}

const said = async (overrides: readonly string[] = []) =>
  (await operations.check(config, overrides)).map(({ severity, line, message }) => `${line} ${severity} ${message}`);

describe('check tells of a model what training would', () => {
  it('nothing, of one that fits', async () => {
    expect(await said()).toEqual([]);
  });

  it.each<[string, () => void, readonly (string | RegExp)[]]>([
    [
      'weights of another width',
      () => changeJson('config.json', (one) => ({ ...one, intermediate_size: 2 * Number(one.intermediate_size) })),
      [...Array<RegExp>(5).fill(/must be \[[\d,]+\] as config\.json says, got/), /more problems of this kind$/],
    ],
    [
      'pickled weights alone',
      () => renameSync(file('model.safetensors'), file('pytorch_model.bin')),
      ['weights must be model.safetensors, got pytorch_model.bin'],
    ],
    [
      'no weights',
      () => rmSync(file('model.safetensors')),
      ['must hold model.safetensors or model.safetensors.index.json'],
    ],
    [
      'no tokenizer',
      () => rmSync(file('tokenizer.json')),
      ['must hold tokenizer.json or vocab.txt, got neither; make it there with: python -c'],
    ],
    [
      'neither',
      () => ['tokenizer.json', 'model.safetensors'].forEach((name) => void rmSync(file(name))),
      ['must hold tokenizer.json or vocab.txt', 'must hold model.safetensors or'],
    ],
    [
      'missing tensors',
      () => renameTensors((name) => (name.includes('layer.1.') ? undefined : name)),
      [/got none named encoder\.layer\.1\..* and \d+ more; use a checkpoint that holds them$/],
    ],
    [
      'an index of shards that are not there',
      () => {
        rmSync(file('model.safetensors'));
        writeFileSync(file('model.safetensors.index.json'), JSON.stringify({ weight_map: { a: 'b.safetensors' } }));
      },
      ['b.safetensors: does not exist'],
    ],
    [
      'an index that names tensors which are elsewhere',
      () => {
        renameSync(file('model.safetensors'), file('a.safetensors'));
        writeFileSync(file('model.safetensors.index.json'), JSON.stringify({ weight_map: { x: 'a.safetensors' } }));
      },
      [
        ...Array<string>(4).fill('a.safetensors, where the index names no file'),
        /lies in a\.safetensors/,
        /more problems of this kind$/,
      ],
    ],
    [
      'a token beyond the table',
      () => changeJson('tokenizer.json', (one) => ({ ...one, added_tokens: [{ id: 9999, content: '[NEW]' }] })),
      ['the token "[NEW]" has the id 9999'],
    ],
    [
      'a tokenizer that is not known to be exact',
      () => changeJson('tokenizer.json', (one) => ({ ...one, pre_tokenizer: { type: 'UnicodeScripts' } })),
      ['pre_tokenizer: must be one that is known to give the same ids'],
    ],
  ])('%s', async (_, damage, expected) => {
    damage();
    const found = await said();
    expect(found).toEqual(
      expected.map((one) => (typeof one === 'string' ? expect.stringContaining(one) : expect.stringMatching(one))),
    );
    expect(found.every((line) => line.startsWith('1 error model: '))).toBe(true);
    await expect(createRun(config)).rejects.toThrow();
    // Counting needs neither weights nor tokenizer.
    expect(await operations.count(config, [])).toHaveLength(1);
  });

  it('an output table of its own, for masked-lm alone', async () => {
    changeJson('config.json', (one) => ({ ...one, tie_word_embeddings: false }));
    expect(await said()).toEqual([]);
    expect(await said(['task=masked-lm'])).toEqual([
      expect.stringContaining(
        'config.json tie_word_embeddings: must be true for masked-lm, got false; choose another model',
      ),
    ]);
  });

  it('a longest sequence that only the special tokens would fit in, and no other', async () => {
    const tooShort = (specials: string, length: number) => [
      `1 error data.max_length: must be more than ${specials}, got ${length}; set it higher (set by --set data.max_length=${length})`,
    ];
    expect(await said(['data.max_length=2'])).toEqual(tooShort('2, the number of special tokens', 2));
    // Two splits of which all rows are cut.
    expect(await said(['data.max_length=3'])).toHaveLength(2);
    const pair = ['data.max_length=3', 'data.text_pair=label'];
    expect(await said(pair)).toEqual(tooShort('3, the number of special tokens around two texts', 3));
    await expect(createRun(config, ['data.max_length=2'])).rejects.toThrow('must be more than 2');
  });

  it('names that it reads through, and tensors that it leaves out, as notes; and it trains', async () => {
    renameTensors((name) => `module.${name}`);
    changeJson('config.json', (one) => ({ ...one, num_hidden_layers: 3 }));
    expect(await said()).toEqual([
      '1 information model: names of tensors are read without module.',
      expect.stringContaining(
        '1 information model: 16 tensors are left out, since a bert of this config.json has none of that name: module.',
      ),
    ]);
    expect((await attempt(await createRun(config), false)).outcome.state).toBe('finished');
  });

  it('nothing of a vocab.txt in place of tokenizer.json, which trains to the same bits', async () => {
    const before = await createRun(config);
    await attempt(before, false);
    const { vocab } = JSON.parse(readFileSync(file('tokenizer.json'), 'utf8')).model as {
      vocab: Record<string, number>;
    };
    writeFileSync(
      file('vocab.txt'),
      Object.keys(vocab)
        .sort((a, b) => vocab[a]! - vocab[b]!)
        .map((token) => `${token}\n`)
        .join(''),
    );
    rmSync(file('tokenizer.json'));
    expect(await said()).toEqual([]);
    const after = await createRun(config);
    await attempt(after, false);
    // Behind the header, which names the run.
    const adapter = (run: string) => {
      const bytes = readFileSync(path.join(run, 'adapter', 'adapter.safetensors'));
      return bytes.subarray(8 + Number(bytes.readBigUInt64LE(0)));
    };
    expect(adapter(after).equals(adapter(before))).toBe(true);
  });

  it('again after a change, and nothing in passing of what is large', async () => {
    const world = worldOf(folder);
    const ask = () => world.training!('model', null, 'classification');
    expect((await ask()).problems).toEqual([]);
    rmSync(file('tokenizer.json'));
    expect((await ask()).problems).toHaveLength(1);
    writeFileSync(file('vocab.txt'), '[PAD]\n'.repeat(400_000));
    expect((await ask()).problems).toEqual([]);
    expect(
      (await worldOf(folder, Number.POSITIVE_INFINITY).training!('model', null, 'classification')).problems,
    ).toHaveLength(1);
  });
});
