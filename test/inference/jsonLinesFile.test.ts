import { readdirSync, readFileSync, utimesSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { expect, it } from 'vitest';
import { JsonLinesFile } from '../../extension/inference/jsonLinesFile.ts';
import { temporaryFolder } from '../support/temporaryFolder.ts';

it('takes away what killed commands left beside the file, and nothing that is young or of another one', async () => {
  const folder = temporaryFolder();
  const [left, young, other] = [
    'out.jsonl.0123abcd.partial',
    'out.jsonl.0123abce.partial',
    'outsjsonl.0123abcd.partial',
  ];
  for (const name of [left, young, other]) writeFileSync(path.join(folder, name!), '{}\n');
  const before = new Date(Date.now() - 2 * 3_600_000);
  for (const name of [left, other]) utimesSync(path.join(folder, name!), before, before);
  const out = path.join(folder, 'out.jsonl');
  const lines = new JsonLinesFile(out);
  await lines.write({ a: 1 });
  await lines.finish();
  expect(readdirSync(folder).sort()).toEqual(['out.jsonl', young, other].sort());
  expect(readFileSync(out, 'utf8')).toBe('{"a":1}\n');
});

it('leaves nothing behind where the work fails', async () => {
  const folder = temporaryFolder();
  const lines = new JsonLinesFile(path.join(folder, 'out.jsonl'));
  await lines.write({ a: 1 });
  await lines.discard();
  expect(readdirSync(folder)).toEqual([]);
});
