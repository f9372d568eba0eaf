import { chmodSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { expect, it } from 'vitest';
import { torchOptions } from '../../extension/config/checks/crossChecks.ts';
import { readRunRecord } from '../../extension/runs/folder/store.ts';
import { prepare } from '../../extension/training/prepare/prepare.ts';
import { configOf } from '../../extension/training/prepare/runConfig.ts';
import { createRun, smallConfig } from '../support/smallRun.ts';
import { temporaryFolder } from '../support/temporaryFolder.ts';

const fakeProgram = path.resolve(import.meta.dirname, '../engines/torch/fakeProgram.mjs');

/** A config with `executor: auto` and a Python whose torch finds what `fate` says. */
function configWith(fate: string, extra: Record<string, unknown> = {}): string {
  const folder = temporaryFolder();
  const python = path.join(folder, 'python');
  writeFileSync(python, `#!/bin/sh\nexec '${process.execPath}' '${fakeProgram}' '${fate}'\n`);
  chmodSync(python, 0o755);
  return smallConfig(folder, { executor: 'auto', python, ...extra });
}

async function settled(config: string) {
  const prepared = await prepare(config, [], () => {});
  if (!prepared.ok) throw new Error(prepared.problems.map(({ message }) => message).join());
  const notes = prepared.problems.filter(({ severity }) => severity === 'information').map(({ message }) => message);
  return { config: prepared.run.config, said: notes.at(-1) };
}

it('executor: auto takes torch where its Python finds a CUDA device, records it, and keeps it for resuming', async () => {
  const config = configWith('two GPUs', { precision: 'bf16' });
  const found = await settled(config);
  expect(found.config).toMatchObject({ executor: 'torch', device: 'auto', precision: 'bf16' });
  expect(found.said).toMatch(/^executor: auto takes torch: it finds .*GPU A/);
  const record = readRunRecord(await createRun(config));
  expect(record.executor).toBe('torch');
  expect(configOf(record).config.executor).toBe('torch');
});

it.each([
  ['no torch', 'auto', 'auto', /^executor: auto takes onnx: executor: torch needs the package torch in /],
  ['no driver', 'cuda:1', 'auto', /^executor: auto takes onnx: device: cuda:1 needs a CUDA device, got torch 2\.13/],
  [
    'two GPUs',
    'cpu',
    'cpu',
    /^executor: auto takes onnx: device: cpu is set; without effect: precision: bf16, num_processes: 2$/,
  ],
  [
    'two GPUs',
    'webgpu',
    'webgpu',
    /^executor: auto takes onnx: device: webgpu is set; without effect: precision: bf16, num_processes: 2$/,
  ],
])('executor: auto takes onnx elsewhere: %s, device: %s', async (fate, device, kept, said) => {
  const found = await settled(configWith(fate, { device, precision: 'bf16', num_processes: 2 }));
  expect(found.config).toMatchObject({ executor: 'onnx', device: kept, precision: 'fp32', num_processes: 1 });
  expect(found.said).toMatch(said);
});

it('executor: auto that takes torch says that int8 has no effect, and nothing of what has one', async () => {
  const found = await settled(configWith('two GPUs', { precision: 'bf16', compile: 'on', backbone: 'int8' }));
  expect(found.said).toMatch(/^executor: auto takes torch: .*; without effect: backbone: int8$/);
});

const others = { precision: 'bf16', compile: 'on', num_processes: 2, torchrun: ['--nnodes=2'] };

it.each(Object.keys(torchOptions) as (keyof typeof torchOptions)[])(
  'executor: auto that takes onnx leaves a record that its worker accepts, whatever %s said',
  async (key) => {
    const config = configWith('no torch', { [key]: others[key] });
    const refused = await prepare(config, ['executor=onnx'], () => {});
    expect(refused.problems.map(({ message }) => message)).toEqual([
      expect.stringMatching(`^${key}: must be .* with executor: onnx`),
    ]);
    const record = readRunRecord(await createRun(config));
    expect(configOf(record).config).toMatchObject({ executor: 'onnx', ...torchOptions });
  },
);
