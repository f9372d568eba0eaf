import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { entryNames } from '../../extension/methods/entries/entryOptions.ts';
import { howItWorksPage } from '../../scripts/docs/howItWorks.ts';

const docs = path.resolve(import.meta.dirname, '../../docs');
const read = (name: string): string => readFileSync(path.join(docs, name), 'utf8');

describe('the pages about methods', () => {
  it('are one for each method and preset, with a picture', () => {
    const expected = [...entryNames].sort();
    const pages = readdirSync(path.join(docs, 'methods')).filter((name) => name !== 'README.md');
    expect(pages.map((name) => name.replace('.md', '')).sort()).toEqual(expected);
    const pictures = readdirSync(path.join(docs, 'images', 'methods'));
    expect(pictures.map((name) => name.replace('.svg', '')).sort()).toEqual(expected);
  });

  it.each(entryNames)('say when %s wins and when not', (name) => {
    const [, written = ''] = read(`methods/${name}.md`).split('<!-- written by hand -->');
    expect(written).toMatch(/## When it wins\n\n.{20}[\s\S]*## When not\n\n.{20}/);
    expect(written).not.toContain('Not written yet');
  });
});

it('shows how it works with numbers that are computed', async () => {
  const page = await howItWorksPage();
  expect(read('howItWorks.md'), 'node scripts/run.mjs scripts/docs/howItWorks.ts').toBe(page);
});

describe('every page', () => {
  const pages = readdirSync(docs, { recursive: true, encoding: 'utf8' }).filter((name) => name.endsWith('.md'));

  it.each(pages)('%s opens with the question that it answers', (name) => {
    const [, afterTitle = ''] = read(name).split(/^# .*\n+/m);
    expect(afterTitle).toMatch(/^\*[^*]+\?\*\n/);
  });
});
