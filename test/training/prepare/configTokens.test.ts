import { describe, expect, it } from 'vitest';
import { configTokens } from '../../../extension/training/prepare/configTokens.ts';
import { smallConfig } from '../../support/smallRun.ts';
import { temporaryFolder } from '../../support/temporaryFolder.ts';

const tokensOf = async (place: { split?: 'train' | 'test'; row?: number }, set: readonly string[] = []) => {
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

  it('name what is not there', async () => {
    await expect(tokensOf({ row: 100_000 })).rejects.toThrow(
      /^--row: must be a row of .+, got 100000; it has \d+ rows$/,
    );
    await expect(tokensOf({ row: 100_000 })).rejects.toMatchObject({ kind: 'usage' });
    await expect(tokensOf({ split: 'test' })).rejects.toThrow(
      '--split: the config must name test rows, got none; name another split',
    );
  });
});
