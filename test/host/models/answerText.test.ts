import { expect, it } from 'vitest';
import { serveAnswer } from '../../../extension/contract/serve.ts';
import { answerText } from '../../../extension/host/models/answerText.ts';

/** An answer as it comes over the trainer's stdout. */
const said = (answer: object): string => {
  const heard = serveAnswer.parse({ id: 1, prediction: { text: 'a text', ...answer } });
  return 'prediction' in heard ? answerText(heard.prediction) : 'nothing';
};

it('says classes with the most probable first, tagged words, and numbers with three digits', () => {
  expect(said({ label: 'good', probabilities: { bad: 0.1, good: 0.9 } })).toBe('good 90.0\u202f% · bad 10.0\u202f%');
  expect(said({ label: 3.4567891234 })).toBe('3.46');
  const tokens = [
    { text: 'anna', label: 'B-PER' },
    { text: 'sings', label: 'O' },
  ];
  expect(said({ tokens })).toBe('anna/B-PER');
  expect(said({ tokens: tokens.slice(1) })).toBe('—');
});

it('says how much of a text was read where not all of it was', () => {
  const cut = { read: 32, of: 50 };
  expect(said({ label: 'good', probabilities: { good: 1 }, cut })).toBe('good 100.0\u202f% · read 32 of 50 tokens');
  expect(said({ label: 1, cut })).toBe('1.00 · read 32 of 50 tokens');
  const tokens = [
    { text: 'anna', label: 'B-PER' },
    { text: '\u200b', label: '', unread: true },
  ];
  expect(said({ tokens })).toBe('anna/B-PER · 1 word not read');
});
