import { describe, expect, it } from 'vitest';
import { configStem } from '../../extension/view/runNames.ts';

describe('what is written beside a config', () => {
  it.each([
    ['reviews.peft.yaml', 'reviews'],
    ['a.b/reviews-2.PEFT.yml', 'a.b/reviews-2'],
    ['bert.yaml', 'bert'],
    ['notes.txt', 'notes.txt'],
  ])('takes its name from %s without the ending', (file, stem) => expect(configStem(file)).toBe(stem));
});
