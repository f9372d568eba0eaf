import * as fs from 'node:fs';
import path from 'node:path';
import { expect, it, vi } from 'vitest';
import { createOnce } from '../../extension/files/createOnce.ts';
import { temporaryFolder } from '../support/temporaryFolder.ts';

vi.mock('node:fs', { spy: true });

it.each([undefined, 'EPERM', 'ENOTSUP'])(
  'creates a file for one of two who try, where links are refused with %s',
  (code) => {
    const folder = temporaryFolder();
    const file = path.join(folder, 'file');
    if (code !== undefined) {
      vi.mocked(fs.linkSync).mockImplementation(() => {
        throw Object.assign(new Error('link'), { code });
      });
    }
    try {
      expect(createOnce(file, 'first', 0o600)).toBe(true);
      expect(createOnce(file, 'second', 0o600)).toBe(false);
    } finally {
      vi.mocked(fs.linkSync).mockReset();
    }
    expect(fs.readFileSync(file, 'utf8')).toBe('first');
    expect(fs.readdirSync(folder)).toEqual(['file']);
    if (process.platform !== 'win32') expect(fs.statSync(file).mode & 0o777).toBe(0o600);
  },
);

it('throws where no file can be', () => {
  expect(() => createOnce(path.join(temporaryFolder(), 'nowhere', 'file'), '')).toThrow('ENOENT');
});
