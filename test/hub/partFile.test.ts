import { spawnSync } from 'node:child_process';
import { mkdtemp, readdir, readFile, rm, utimes, writeFile } from 'node:fs/promises';
import { hostname, tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { claimPart, releasePart } from '../../extension/hub/partFile.ts';

let folder: string;
let blob: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'part-'));
  blob = join(folder, 'abc');
});
afterEach(() => rm(folder, { recursive: true }));

const ended = spawnSync(process.execPath, ['-e', '']).pid;

describe('claimPart', () => {
  it.each([
    ['abc.incomplete', 'nobody'],
    [`abc.${hostname()}-${ended}-0.incomplete`, 'an ended process'],
  ])('takes %s over from %s', async (name) => {
    await writeFile(join(folder, name), 'begun');
    const part = await claimPart(blob);
    expect(await readFile(part, 'utf8')).toBe('begun');
    expect(await readdir(folder)).toHaveLength(1);
    await releasePart(part, blob);
    expect(await readdir(folder)).toEqual(['abc.incomplete']);
  });

  it.each([
    [`abc.${hostname()}-${process.ppid}-0.incomplete`, 'a running process'],
    ['abc.elsewhere-7-0.incomplete', 'another machine that is writing'],
    ['abc.1f2e3d4c.incomplete', 'another program that is writing'],
    ['abcdef.incomplete', 'another blob'],
  ])('leaves %s to %s', async (name) => {
    await writeFile(join(folder, name), 'begun');
    const part = await claimPart(blob);
    expect(await readdir(folder)).toEqual([name]);
    await releasePart(part, blob);
  });

  it('takes what nobody has written to for long, the largest first', async () => {
    for (const [name, size] of [
      ['abc.elsewhere-7-0.incomplete', 9],
      ['abc.incomplete', 3],
    ] as const) {
      await writeFile(join(folder, name), Buffer.alloc(size));
      await utimes(join(folder, name), 1e9, 1e9);
    }
    const part = await claimPart(blob);
    expect((await readFile(part)).length).toBe(9);
    await releasePart(part, blob);
  });

  it('gives two claims in one process a file each', async () => {
    const [first, second] = [await claimPart(blob), await claimPart(blob)];
    expect(first).not.toBe(second);
    await releasePart(first, blob);
    await releasePart(second, blob);
  });
});
