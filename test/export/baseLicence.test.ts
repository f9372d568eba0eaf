import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { expect, it } from 'vitest';
import { baseLicence } from '../../extension/export/baseLicence.ts';
import { temporaryFolder } from '../support/temporaryFolder.ts';

function licenceIn(card: string) {
  const folder = temporaryFolder();
  writeFileSync(path.join(folder, 'README.md'), card);
  return baseLicence(folder);
}

it('reads the licence from the front matter of a model card', async () => {
  expect(await licenceIn('---\nlanguage: en\nlicense: apache-2.0\ntags: [a]\n---\n# Model\n')).toEqual({
    licence: 'apache-2.0',
    entries: { license: 'apache-2.0' },
  });
  const other = '---\r\nlicense: other\r\nlicense_name: llama3\r\nlicense_link: LICENSE\r\n---\r\n';
  expect(await licenceIn(other)).toEqual({
    licence: 'other: llama3',
    entries: { license: 'other', license_name: 'llama3', license_link: 'LICENSE' },
  });
});

it.each([
  ['no front matter', '# Model\nlicense: mit\n'],
  ['no licence', '---\nlanguage: en\n---\n'],
  ['a licence that is no text', '---\nlicense: 7\n---\n'],
  ['YAML that cannot be read', '---\nlicense: [mit\n---\n'],
  [
    'YAML that grows',
    `---\n${'abcdefghij'
      .split('')
      .map((x, i, all) => `${x}: &${x} [${i ? `*${all[i - 1]},`.repeat(9) : '1'}]`)
      .join('\n')}\n---\n`,
  ],
  ['a rule far below', `# Model\n---\nlicense: mit\n---\n`],
])('tells no licence of a card with %s', async (_, card) => {
  expect(await licenceIn(card)).toBeUndefined();
});

it('tells no licence where there is no card', async () => {
  expect(await baseLicence(temporaryFolder())).toBeUndefined();
});
