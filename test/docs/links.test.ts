import { existsSync, readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';

const root = path.resolve(import.meta.dirname, '../..');
const folders = ['.', 'docs', 'docs/methods', 'bench/claims', 'bench', 'bench/defaults', 'bench/gpu'];
const pages = folders
  .filter((folder) => existsSync(path.join(root, folder)))
  .flatMap((folder) => readdirSync(path.join(root, folder)).map((name) => path.join(folder, name)))
  .filter((file) => file.endsWith('.md'));

const textOf = (file: string): string => readFileSync(path.join(root, file), 'utf8');

/** Titles as GitHub names them in addresses. */
const anchorsOf = (text: string): readonly string[] =>
  [...text.matchAll(/^#+ (.*)$/gm)].map(([, title]) =>
    title!
      .toLowerCase()
      .replaceAll(/[^\p{L}\p{N} _-]/gu, '')
      .replaceAll(' ', '-'),
  );

function brokenLinks(file: string): readonly string[] {
  const text = textOf(file)
    .replaceAll(/```.*?```/gs, '')
    .replaceAll(/`[^`\n]*`/g, '');
  return [...text.matchAll(/\]\(([^)\s]+)\)/g)]
    .map(([, link]) => link!)
    .filter((link) => !/^https?:/.test(link))
    .filter((link) => {
      const [name, anchor] = link.split('#') as [string, string?];
      const target = name === '' ? file : path.join(path.dirname(file), name);
      if (!existsSync(path.join(root, target))) return true;
      return anchor !== undefined && !anchorsOf(textOf(target)).includes(anchor);
    });
}

describe('pages of the documentation', () => {
  it.each(pages)('link from %s to files and titles that are there', (file) => {
    expect(brokenLinks(file)).toEqual([]);
  });

  it('stand in the list of pages', () => {
    const listed = textOf('docs/README.md');
    const missing = readdirSync(path.join(root, 'docs')).filter(
      (name) => name.endsWith('.md') && name !== 'README.md' && !listed.includes(`](${name})`),
    );
    expect(missing).toEqual([]);
  });
});
