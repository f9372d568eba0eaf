import { expect, it } from 'vitest';
import { dataPattern } from '../../../extension/host/start/dataFiles.ts';

it('files whose ending says that they hold rows are offered, CoNLL-U too', () => {
  const endings = /\{(.*)\}/.exec(dataPattern)![1]!.split(',');
  expect(endings).toEqual(expect.arrayContaining(['tsv', 'jsonl', 'parquet', 'conllu', 'iob2']));
  expect(endings).not.toContain('txt');
});
