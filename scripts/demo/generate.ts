import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Random } from '../../extension/numbers/random.ts';
import { lesson, type Review, review, synonyms } from './reviews.ts';
import { taggedSentence } from './tagged.ts';
import { demoTokenizer } from './tokenizer.ts';

const seed = 2022;

/** Reviews that are all different, so that no row of one split stands in another. */
function distinctReviews(count: number, stream: string, closing: boolean, taken: Set<string>): Review[] {
  const random = new Random(seed, stream);
  const rows: Review[] = [];
  while (rows.length < count) {
    const row = review(random, closing);
    if (!taken.has(row.text)) rows.push(row);
    taken.add(row.text);
  }
  return rows;
}

const tsv = (rows: readonly { readonly text: string; readonly label: string }[]): string =>
  ['text\tlabel', ...rows.map((row) => `${row.text}\t${row.label}`), ''].join('\n');

function conll(count: number, stream: string): string {
  const random = new Random(seed, stream);
  const sentence = () =>
    taggedSentence(random)
      .map(([word, tag]) => `${word}\t${tag}\n`)
      .join('');
  return Array.from({ length: count }, sentence).join('\n');
}

/** Text to pre-train on: reviews with their verdicts, synonyms, and the words of tagged sentences without their tags. */
function corpus(count: number): string {
  const random = new Random(seed, 'corpus');
  const words = () =>
    taggedSentence(random)
      .map(([word]) => word)
      .join(' ');
  const kinds = [() => review(random, true).text, () => synonyms(random), () => review(random, true).text, words];
  return `${Array.from({ length: count }, (_, i) => kinds[i % kinds.length]!()).join('\n')}\n`;
}

/** Size of the demo model: 4 layers × 128. */
export function demoModelConfig(vocabulary: number): Record<string, unknown> {
  return {
    architectures: ['BertForMaskedLM'],
    model_type: 'bert',
    vocab_size: vocabulary,
    hidden_size: 128,
    num_hidden_layers: 4,
    num_attention_heads: 4,
    intermediate_size: 512,
    hidden_act: 'gelu',
    max_position_embeddings: 128,
    type_vocab_size: 2,
    layer_norm_eps: 1e-12,
    initializer_range: 0.05,
    hidden_dropout_prob: 0.1,
    attention_probs_dropout_prob: 0.1,
    pad_token_id: 0,
  };
}

/** Writes the committed example data to `dataFolder`, and what the demo model learns from before to `workFolder`. */
export async function generate(dataFolder: string, workFolder: string): Promise<void> {
  const taken = new Set<string>();
  const write = (name: string, text: string) => writeFile(join(dataFolder, name), text);
  await mkdir(dataFolder, { recursive: true });
  await write('reviews-train.tsv', tsv(distinctReviews(2000, 'train', false, taken)));
  await write('reviews-validation.tsv', tsv(distinctReviews(500, 'validation', false, taken)));
  await write('reviews-test.tsv', tsv(distinctReviews(500, 'test', false, taken)));
  await write('entities-train.conll', conll(800, 'train entities'));
  await write('entities-validation.conll', conll(300, 'validation entities'));
  await writeFile(join(workFolder, 'corpus.txt'), corpus(48_000));
  const random = new Random(seed, 'lessons');
  const lessons = Array.from({ length: 30_000 }, () => lesson(random));
  await writeFile(join(workFolder, 'lessons.tsv'), tsv(lessons));
}

/** Writes the tokenizer and config.json of the demo model. */
export async function writeModelFiles(folder: string): Promise<void> {
  const tokenizer = demoTokenizer();
  const json = (name: string, value: unknown) => writeFile(join(folder, name), `${JSON.stringify(value, null, 1)}\n`);
  await mkdir(folder, { recursive: true });
  await json('tokenizer.json', tokenizer.json);
  await json('tokenizer_config.json', tokenizer.config);
  await json('config.json', demoModelConfig(tokenizer.size));
}
