import { expect, it, vi } from 'vitest';

vi.mock('node:path', async (original) => {
  const { win32 } = await original<typeof import('node:path')>();
  return { ...win32, default: win32 };
});

const { isNamed, namedPaths } = await import('../../../../extension/host/language/checks/namedPaths.ts');

it('knows a file on Windows by whichever letters its config names it', () => {
  const paths = namedPaths({ model: 'C:/Models/MiniLM', data: { train: 'Data/Train.tsv' } }, 'c:\\work');
  for (const file of ['c:\\work\\data\\train.tsv', 'c:\\models\\minilm\\config.json'])
    expect(isNamed(file, paths)).toBe(true);
  expect(isNamed('c:\\work\\data\\test.tsv', paths)).toBe(false);
});
