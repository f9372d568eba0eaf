import { expect, it } from 'vitest';
import { mayBeRows } from '../../../extension/config/schema/dataFormat.ts';

it.each(['train.json', 'data/reviews.json', 'data\\squad-dev.json', 'news_train.json'])('%s may hold rows', (file) => {
  expect(mayBeRows(file)).toBe(true);
});

it.each([
  'model/config.json',
  'model/tokenizer.json',
  'model/tokenizer_config.json',
  'model/model.safetensors.index.json',
  'package.json',
  'package-lock.json',
  'tsconfig.build.json',
  '.vscode/data.json',
  'a\\.cache\\train.json',
  'peft.schema.json',
])('%s is what a model or a tool keeps', (file) => {
  expect(mayBeRows(file)).toBe(false);
});
