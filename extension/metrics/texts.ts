import { bleu as corpusBleu } from './bleu.ts';
import type { Metric } from './metric.ts';
import { commonSequence, rouge, runOverlap } from './rouge.ts';

export const bleu: Metric<'bleu'> = {
  direction: 'higher',
  name: 'bleu',
  title: 'BLEU',
  short: 'BLEU',
  quantity: 'plain',
  range: { low: 0, high: 100 },
  definition:
    'Geometric mean of the shares of runs of 1 … 4 tokens that a reference has too, with a penalty for short texts, 0 … 100; ' +
    "as sacrebleu's (13a, exp).",
  compute: { texts: corpusBleu },
};

export const rougeL: Metric<'rougeL'> = {
  direction: 'higher',
  name: 'rougeL',
  title: 'ROUGE-L',
  short: 'ROUGE-L',
  quantity: 'share',
  definition:
    'F1 of the longest common sequence of words, of the best reference; mean over texts, as rouge-score has it.',
  compute: { texts: (rows) => rouge(rows, commonSequence) },
};

export const rouge1: Metric<'rouge1'> = {
  direction: 'higher',
  name: 'rouge1',
  title: 'ROUGE-1',
  short: 'ROUGE-1',
  quantity: 'share',
  definition: 'F1 of single words, of the best reference; mean over texts, as rouge-score has it.',
  compute: { texts: (rows) => rouge(rows, runOverlap(1)) },
};

export const rouge2: Metric<'rouge2'> = {
  direction: 'higher',
  name: 'rouge2',
  title: 'ROUGE-2',
  short: 'ROUGE-2',
  quantity: 'share',
  definition: 'F1 of pairs of words, of the best reference; mean over texts, as rouge-score has it.',
  compute: { texts: (rows) => rouge(rows, runOverlap(2)) },
};

export const exactMatch: Metric<'exact_match'> = {
  name: 'exact_match',
  title: 'exact match',
  short: 'exact',
  direction: 'higher',
  quantity: 'share',
  definition: 'Share of texts that are one of their references, white space around them aside.',
  compute: {
    texts: (rows) =>
      rows.filter(({ text, references }) => references.some((reference) => reference.trim() === text.trim())).length /
      rows.length,
  },
};
