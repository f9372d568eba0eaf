import { chmod, type FileHandle, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { writeAtomically } from '../../../extension/checkpoint/format/atomicFile.ts';

let folder: string;
let path: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'atomic-'));
  path = join(folder, 'last.safetensors');
  await writeFile(path, 'earlier');
});
afterEach(() => rm(folder, { recursive: true }));

describe('writeAtomically', () => {
  it('shows the earlier file until the new one is complete', async () => {
    await writeAtomically(path, async (file) => {
      await file.writeFile('new, half');
      expect(await readFile(path, 'utf8')).toBe('earlier');
      await file.writeFile(' and half');
    });
    expect(await readFile(path, 'utf8')).toBe('new, half and half');
    expect(await readdir(folder)).toEqual(['last.safetensors']);
  });

  it('passes on an error of the writer and leaves nothing behind', async () => {
    const failing = writeAtomically(path, async (file) => {
      await file.writeFile('half');
      throw new RangeError('no such tensor');
    });
    await expect(failing).rejects.toThrow(RangeError);
    expect(await readFile(path, 'utf8')).toBe('earlier');
    expect(await readdir(folder)).toEqual(['last.safetensors']);
  });

  it('overwrites what a killed writer left aside', async () => {
    await writeFile(`${path}.partial`, 'half a file, longer than the new one will be');
    await writeAtomically(path, (file) => file.writeFile('new'));
    expect(await readFile(path, 'utf8')).toBe('new');
    expect(await readdir(folder)).toEqual(['last.safetensors']);
  });

  it('tells a full disk', async () => {
    const full = async (file: FileHandle): Promise<void> => {
      await file.writeFile('ne');
      throw Object.assign(new Error('no space left on device'), { code: 'ENOSPC' });
    };
    await expect(writeAtomically(path, full)).rejects.toThrow(
      `${path}: cannot be written, the disk is full (ENOSPC); free some space; an earlier file is intact`,
    );
    expect(await readFile(path, 'utf8')).toBe('earlier');
    expect(await readdir(folder)).toEqual(['last.safetensors']);
  });

  it.skipIf(process.getuid?.() === 0 || process.platform === 'win32')('tells a read-only folder', async () => {
    await chmod(folder, 0o500);
    await expect(writeAtomically(path, (file) => file.writeFile('new'))).rejects.toThrow(
      'cannot be written (EACCES); make the folder writable or choose another',
    );
    await chmod(folder, 0o700);
    expect(await readFile(path, 'utf8')).toBe('earlier');
  });

  it('tells a folder that does not exist', async () => {
    await expect(writeAtomically(join(folder, 'absent', 'x'), (file) => file.writeFile(''))).rejects.toThrow(
      'cannot be written, its folder does not exist (ENOENT); create it',
    );
  });
});
