import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { expect, it } from 'vitest';
import { openPredictor } from '../../extension/inference/predictor.ts';
import { attempt, createRun, smallConfig } from '../support/smallRun.ts';
import { temporaryFolder } from '../support/temporaryFolder.ts';

const training = { max_steps: 1, batch_size: 4 };

it('asks a run that learned from pairs with pairs alone, and others with single texts', async () => {
  const folder = temporaryFolder();
  const rows = Array.from({ length: 8 }, (_, i) => `the film was fine\tthe plot was dull\t${i % 2 ? 'same' : 'other'}`);
  writeFileSync(path.join(folder, 'pairs.tsv'), `text\tother\tlabel\n${rows.join('\n')}\n`);
  const data = { train: 'pairs.tsv', text_pair: 'other', max_length: 32 };
  const pairs = await createRun(smallConfig(folder, { data, training }));
  const single = await createRun(smallConfig(folder, { training }));
  for (const run of [pairs, single]) await attempt(run, false);

  const [ofPairs, ofTexts] = [await openPredictor(pairs, () => {}), await openPredictor(single, () => {})];
  try {
    expect((await ofPairs.predict('a film', 'a plot')).label).toMatch(/same|other/);
    await expect(ofPairs.predict('a film')).rejects.toThrow(
      /learned from pairs of texts, got one text; give the second/,
    );
    expect((await ofTexts.predict('a film')).label).toMatch(/positive|negative/);
    await expect(ofTexts.predict('a film', 'a plot')).rejects.toThrow(/learned from single texts, got a pair/);
    await expect(ofTexts.predict('  ')).rejects.toThrow(/must not be empty/);
  } finally {
    await ofPairs.close();
    await ofTexts.close();
  }
});
