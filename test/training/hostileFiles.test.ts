import { execFileSync } from 'node:child_process';
import { mkdirSync, symlinkSync, truncateSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { openSafetensors } from '../../extension/checkpoint/format/safetensors.ts';
import { readModelConfig } from '../../extension/checkpoint/modelConfig.ts';
import { openWeights } from '../../extension/checkpoint/weightFiles.ts';
import { FileHash } from '../../extension/data/formats/bytes/fileHash.ts';
import { previewData } from '../../extension/data/rows/previewData.ts';
import { readTokenizerFiles } from '../../extension/data/tokenizer/tokenizerFiles.ts';
import { readConfig } from '../../extension/training/prepare/checkedConfig.ts';
import { temporaryFolder } from '../support/temporaryFolder.ts';

/** Every reader of a file beside a config, given a folder in which a name leads somewhere else. */
const readers: Readonly<Record<string, { readonly name: string; read(file: string): Promise<unknown> }>> = {
  'a config': { name: 'a.peft.yaml', read: async (file) => (await readConfig(file, [])).problems[0]!.message },
  'config.json': { name: 'config.json', read: (file) => readModelConfig(path.dirname(file)) },
  'tokenizer.json': { name: 'tokenizer.json', read: (file) => readTokenizerFiles(path.dirname(file)) },
  'vocab.txt': { name: 'vocab.txt', read: (file) => readTokenizerFiles(path.dirname(file)) },
  weights: { name: 'model.safetensors', read: (file) => openSafetensors(file) },
  'the index of weights': { name: 'model.safetensors.index.json', read: (file) => openWeights(path.dirname(file)) },
  ...Object.fromEntries(
    ['train.tsv', 'train.csv', 'train.jsonl', 'train.parquet', 'train.conll', 'train.txt'].map((name) => [
      name,
      { name, read: previewData },
    ]),
  ),
  'data to be hashed': { name: 'data', read: (file) => new FileHash(file).whole(() => {}) },
};

async function answer(reader: string, put: (file: string) => void): Promise<string> {
  const { name, read } = readers[reader]!;
  const file = path.join(temporaryFolder(), name);
  put(file);
  return String(await read(file).catch((error: Error) => error.message));
}

describe.runIf(process.platform !== 'win32').each(Object.keys(readers))('%s', (reader) => {
  it('refuses a link that leads to a device', async () => {
    expect(await answer(reader, (file) => symlinkSync('/dev/zero', file))).toContain('must be a file, got a device;');
  });

  it('refuses a pipe without waiting for a writer', async () => {
    expect(await answer(reader, (file) => void execFileSync('mkfifo', [file]))).toContain(
      'must be a file, got a pipe;',
    );
  });

  it('refuses a folder in place of a file', async () => {
    expect(await answer(reader, (file) => mkdirSync(file))).toContain('must be a file, got a folder;');
  });
});

const readWhole = ['a config', 'config.json', 'tokenizer.json', 'vocab.txt', 'the index of weights'];
describe.each(readWhole)('%s', (reader) => {
  it('refuses a file as large as a disk', async () => {
    const huge = (file: string): void => {
      writeFileSync(file, '');
      truncateSync(file, 2 ** 40);
    };
    expect(await answer(reader, huge)).toMatch(/must have at most \d+ bytes, got 1099511627776;/);
  });
});

describe.each(['config.json', 'tokenizer.json', 'the index of weights'])('%s', (reader) => {
  it('refuses JSON that nests without end', async () => {
    const deep = `{"model_type":${'['.repeat(200_000)}${']'.repeat(200_000)}}`;
    expect(await answer(reader, (file) => writeFileSync(file, deep))).toContain('nested deeper than 100 levels');
  });
});
