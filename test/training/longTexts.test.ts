import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { inFileOrder, splitMembers } from '../../extension/data/batches/rowBatches.ts';
import { loadTokenizer } from '../../extension/data/tokenizer/tokenizer.ts';
import { evaluateRun } from '../../extension/inference/evaluateRun.ts';
import { configTokens } from '../../extension/training/prepare/configTokens.ts';
import { decoderConfig } from '../support/smallDecoder.ts';
import { adapterBytes, attempt, createRun } from '../support/smallRun.ts';
import { temporaryFolder } from '../support/temporaryFolder.ts';

const words = ['red', 'green', 'boats', 'houses', 'lie', 'by', 'the', 'quiet', 'river'];
/** Texts of 1 … 12 sentences. */
const texts = Array.from({ length: 24 }, (_, i) =>
  Array.from({ length: 1 + (i % 12) }, (_, k) => `The ${words[(i + k) % 9]} ${words[(i * k) % 9]}.`).join(' '),
);
const maxLength = 16;

async function longTexts(folder: string, data: Record<string, unknown> = {}): Promise<string> {
  writeFileSync(path.join(folder, 'texts.txt'), `${texts.join('\n')}\n`);
  const rows = { train: 'texts.txt', max_length: maxLength, long_texts: 'split', ...data };
  return decoderConfig(folder, { task: 'causal-lm', data: rows });
}

/** Tokens of each text, its end included. */
async function lengths(folder: string): Promise<readonly number[]> {
  const tokenizer = await loadTokenizer(path.join(folder, 'model'));
  return texts.map((text) => tokenizer.ids(text).length + 1);
}

/** Rows that a text of so many tokens becomes. */
const piecesOf = (length: number): number => Math.ceil((length - 1) / (maxLength - 1));

describe('long texts that are split', () => {
  it('are read whole, a stopped run ends with the same bits, and the file is judged as in training', async () => {
    const folder = temporaryFolder();
    const config = await longTexts(folder, { validation: 'texts.txt' });
    const pieces = (await lengths(folder)).map(piecesOf);
    const rows = pieces.reduce((sum, count) => sum + count, 0);
    expect(rows).toBeGreaterThan(texts.length);

    const whole = await createRun(config);
    const { outcome, events } = await attempt(whole, false);
    expect(outcome).toEqual({ state: 'finished', step: 2 * Math.ceil(rows / 8) });
    const split = pieces.filter((count) => count > 1).length;
    expect(events.find((event) => 'code' in event && event.code === 'cut-rows')).toMatchObject({
      code: 'cut-rows',
      message: expect.stringMatching(
        new RegExp(`^texts.txt: ${split} of 24 rows .* are split at data.max_length 16, .*; they become ${rows} rows`),
      ),
    });
    const run = await createRun(config);
    await attempt(run, false, 3);
    expect((await attempt(run, true)).outcome).toEqual(outcome);
    expect(adapterBytes(run).equals(adapterBytes(whole))).toBe(true);

    const cut = await createRun(config, ['data.long_texts=cut']);
    expect((await attempt(cut, false)).outcome.step).toBe(2 * Math.ceil(texts.length / 8));

    const evaluations = events.filter((event) => event.type === 'evaluation');
    const judged = await evaluateRun(whole, path.join(folder, 'texts.txt'), () => {});
    expect(judged.rows).toBe(rows);
    const perplexities = evaluations.map(({ metrics }) => metrics.perplexity!);
    expect(judged.metrics.perplexity).toBeCloseTo(Math.min(...perplexities), 2);
  });

  it('are set aside for validation as a whole', async () => {
    const folder = temporaryFolder();
    const run = await createRun(await longTexts(folder, { validation_split: 0.25 }), ['training.seed=5']);
    const { events } = await attempt(run, false);
    const { train, validation } = inFileOrder(splitMembers(texts.length, 0.25, 5));
    expect(validation).toHaveLength(6);
    const found = await lengths(folder);
    const read = train.reduce((sum, text) => sum + found[text]! + piecesOf(found[text]!) - 1, 0);
    expect(events.findLast((event) => event.type === 'progress')!.tokens).toBe(2 * read);
  });

  it('are counted in tokens of a row', async () => {
    const folder = temporaryFolder();
    const config = await longTexts(folder);
    const row = texts.length / 2;
    const { tokens } = await configTokens(config, [], { split: 'train', row }, () => {});
    const length = (await lengths(folder))[row - 1]!;
    expect(tokens).toMatchObject({ pieces: piecesOf(length) });
    expect(tokens!.tokens.map(({ mark }) => mark)).toEqual(['context', ...Array(length - 1).fill('loss')]);
  });

  it('must lie in a file that is held in memory', async () => {
    const folder = temporaryFolder();
    const run = createRun(await longTexts(folder, { in_memory_mb: 0 }));
    await expect(run).rejects.toThrow(
      /texts.txt: must be 0 MB \(data.in_memory_mb\) at most where long texts are split, got 1 MB; raise data.in_memory_mb/,
    );
  });
});
