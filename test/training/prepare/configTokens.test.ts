import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import type { SplitName } from '../../../extension/config/resolved/resolve.ts';
import { configTokens } from '../../../extension/training/prepare/configTokens.ts';
import { smallConfig } from '../../support/smallRun.ts';
import { temporaryFolder } from '../../support/temporaryFolder.ts';

const tokensOf = async (place: { split?: SplitName; row?: number }, set: readonly string[] = []) => {
  const folder = temporaryFolder();
  const config = smallConfig(folder);
  return await configTokens(config, set, { split: 'train', row: 1, ...place }, () => {});
};

describe('tokens of a config', () => {
  it('are those of the row that is asked for, with what training would cut', async () => {
    const { tokens, problems } = await tokensOf({ row: 2 }, ['data.max_length=4']);
    expect(problems.filter(({ severity }) => severity === 'error')).toEqual([]);
    expect(tokens).toMatchObject({ row: 2, maxLength: 4 });
    expect(tokens!.tokens.filter(({ mark }) => mark !== 'cut')).toHaveLength(4);
  });

  it('are none of a config that is wrong', async () => {
    const { tokens, problems } = await tokensOf({}, ['task=classifcation']);
    expect(tokens).toBeUndefined();
    expect(problems.some(({ severity }) => severity === 'error')).toBe(true);
  });

  it('tell of a row that training skips without the advice to skip it', async () => {
    const folder = temporaryFolder();
    const config = smallConfig(folder);
    writeFileSync(path.join(folder, 'train.tsv'), 'text\tlabel\na good film\t1\na bad film\t0\na film\t\n');
    const told = configTokens(config, ['data.on_bad_row=skip'], { split: 'train', row: 3 }, () => {});
    await expect(told).rejects.toThrow(
      /train\.tsv:4: the label `label` must not be empty; training leaves it out \(data\.on_bad_row: skip\)$/,
    );
  });

  it('name what is not there', async () => {
    await expect(tokensOf({ row: 100_000 })).rejects.toThrow(
      /^--row: must be a row of .+, got 100000; it has \d+ rows$/,
    );
    await expect(tokensOf({ row: 100_000 })).rejects.toMatchObject({ kind: 'usage' });
    await expect(tokensOf({ split: 'test' })).rejects.toThrow(
      '--split: the config must name test rows, got none; name another split',
    );
    const aside = ['data.validation=null', 'data.validation_split=0.5'];
    await expect(tokensOf({ split: 'validation' }, aside)).rejects.toThrow(
      '--split: the config must name validation rows, got none; those of data.validation_split are among the training rows: leave it out',
    );
  });
});
