import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { missingFile } from '../../../extension/host/trainer/missingFile.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'peft-lab-missing-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

it('names what an installation lacks: the trainer, or the engine of this platform', () => {
  const trainer = path.join(folder, 'dist', 'trainer.cjs');
  const engine = path.join(folder, 'node_modules/onnxruntime-node/bin/napi-v6/linux/x64/onnxruntime_binding.node');
  const here = { platform: 'linux', arch: 'x64' } as const;
  expect(missingFile(folder, here)).toBe(trainer);
  for (const file of [trainer, engine]) {
    mkdirSync(path.dirname(file), { recursive: true });
    writeFileSync(file, '');
  }
  expect(missingFile(folder, here)).toBeUndefined();
  expect(missingFile(folder, { platform: 'linux', arch: 'arm64' })).toBe(engine.replace('x64', 'arm64'));
});
