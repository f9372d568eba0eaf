import { cpSync, existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { placeExamples } from '../../../extension/host/start/exampleWorkspace.ts';

let folder: string;
let extension: string;
let home: string;

beforeEach(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'peft-lab-examples-'));
  [extension, home] = [path.join(folder, 'extension'), path.join(folder, 'home')];
  mkdirSync(path.join(extension, 'examples', 'data'), { recursive: true });
  mkdirSync(path.join(extension, 'examples', '.peft-lab', 'runs'), { recursive: true });
  writeFileSync(path.join(extension, 'examples', 'entities.peft.yaml'), 'model: model\n');
  writeFileSync(path.join(extension, 'examples', 'data', 'train.tsv'), 'text\tlabel\n');
  mkdirSync(home);
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

describe('the example workspace', () => {
  it('is copied into a folder of its own, without runs that were made beside the original', async () => {
    const placed = await placeExamples(extension, home);
    expect(placed).toBe(path.join(home, 'peft-lab-examples'));
    expect(readdirSync(placed).sort()).toEqual(['data', 'entities.peft.yaml']);
    expect(readdirSync(path.join(placed, 'data'))).toEqual(['train.tsv']);
    expect(readdirSync(home)).toEqual(['peft-lab-examples']);
  });

  it('is opened as it is where it was put before, whether its folder or the one above is chosen', async () => {
    const first = await placeExamples(extension, home);
    mkdirSync(path.join(first, '.peft-lab'));
    expect(await placeExamples(extension, home)).toBe(first);
    expect(await placeExamples(extension, first)).toBe(first);
    expect(existsSync(path.join(first, '.peft-lab'))).toBe(true);
  });

  it('leaves a folder of the same name alone', async () => {
    mkdirSync(path.join(home, 'peft-lab-examples'));
    expect(await placeExamples(extension, home)).toBe(path.join(home, 'peft-lab-examples-2'));
    expect(readdirSync(path.join(home, 'peft-lab-examples'))).toEqual([]);
  });

  it('is never put into the extension, which an update replaces', async () => {
    for (const inside of [extension, path.join(extension, 'examples'), path.join(extension, 'dist', 'x')]) {
      await expect(placeExamples(extension, inside)).rejects.toThrow(
        `${inside}: must lie outside the extension, whose updates remove what is in it; choose another folder`,
      );
    }
    cpSync(home, path.join(folder, 'extension-2'), { recursive: true });
    expect(await placeExamples(extension, path.join(folder, 'extension-2'))).toContain('extension-2');
  });

  it('says what is missing, and where nothing can be written', async () => {
    const file = path.join(home, 'file');
    writeFileSync(file, '');
    await expect(placeExamples(extension, file)).rejects.toThrow(
      `${path.join(file, 'peft-lab-examples')}: cannot be written, got ENOTDIR; choose another folder`,
    );
    rmSync(file);
    rmSync(path.join(extension, 'examples'), { recursive: true });
    await expect(placeExamples(extension, home)).rejects.toThrow(
      `${path.join(extension, 'examples')}: is missing; reinstall the extension, then reload the window`,
    );
    expect(readdirSync(home)).toEqual([]);
  });
});
