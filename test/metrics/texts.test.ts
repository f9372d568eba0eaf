import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { measure } from '../../extension/metrics/registry.ts';
import { textNotes } from '../../extension/metrics/textNotes.ts';

interface Golden {
  readonly name: string;
  readonly texts: readonly string[];
  readonly references: readonly (readonly string[])[];
  readonly metrics: Readonly<Record<string, number>>;
}
/** What sacrebleu and rouge-score say; see texts.py beside it. */
const golden = JSON.parse(readFileSync('test/golden/metrics/texts.json', 'utf8')) as readonly Golden[];

describe('judges texts as sacrebleu and rouge-score do', () => {
  for (const { name, texts, references, metrics } of golden) {
    it(name, () => {
      const found = measure(
        'texts',
        texts.map((text, row) => ({ text, references: references[row]! })),
      );
      for (const [metric, value] of Object.entries(metrics)) {
        expect(found[metric as 'bleu'], metric).toBeCloseTo(value, 9);
      }
    });
  }
});

it('counts a text as exact where it is one of its references', () => {
  const rows = [
    { text: ' one ', references: ['two', 'one'] },
    { text: 'One', references: ['one'] },
  ];
  expect(measure('texts', rows).exact_match).toBe(0.5);
});

it('says where BLEU or ROUGE tell nothing of the references', () => {
  const notes = (...references: string[]) => textNotes([{ text: 'x', references }]).map((note) => note.split(' ')[0]);
  expect(notes('Привет, мир')).toEqual(['BLEU', 'ROUGE']);
  expect(notes('Это очень хороший фильм')).toEqual(['ROUGE']);
  expect(notes('schöne Grüße')).toEqual(['BLEU']);
  expect(notes('positive', 'a café near the river')).toEqual([]);
});
