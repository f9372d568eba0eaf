import { cpSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { openSafetensors, readFloats, writeSafetensors } from '../../extension/checkpoint/format/safetensors.ts';
import type { OpenOptions } from '../../extension/engines/engine.ts';
import { openTorch } from '../../extension/engines/torch/torchEngine.ts';
import { programCommand } from '../../extension/engines/torch/torchProgram.ts';
import { temporaryFolder } from '../support/temporaryFolder.ts';
import { openSession, someStep, startTorchOnCpu } from './executorProgram.ts';
import { python } from './peer.ts';
import { Subject } from './subject.ts';

/** Methods on the example model's first block alone: compiling takes time for every one. */
async function smallSubject(methods: string): Promise<Subject> {
  const [whole, folder] = [path.resolve('examples/model'), temporaryFolder()];
  cpSync(whole, folder, { recursive: true });
  const config = JSON.parse(readFileSync(path.join(whole, 'config.json'), 'utf8'));
  writeFileSync(path.join(folder, 'config.json'), JSON.stringify({ ...config, num_hidden_layers: 1 }));
  const file = await openSafetensors(path.join(whole, 'model.safetensors'));
  const kept = [...file.entries].filter(([name]) => !/\.layer\.[^0]/.test(name));
  const tensors = kept.map(async ([name, { shape }]) => {
    return [name, { dtype: 'F32', shape, data: await readFloats(file, name) }] as const;
  });
  await writeSafetensors(path.join(folder, 'model.safetensors'), new Map(await Promise.all(tensors)));
  return Subject.open({ folder, task: 'classification', methods });
}

describe('compile: on', () => {
  it('has the losses of the plain graph, over batches of several lengths', async () => {
    const subject = await smallSubject('unified: {length: 3}');
    const plain = await openSession(await startTorchOnCpu(), subject);
    const compiled = await openSession(await startTorchOnCpu(), subject, { compile: 'on' });
    for (const step of [1, 2, 3]) {
      const request = someStep(subject, step, [4 + step, 2]);
      const [expected, found] = [await plain.step(request), await compiled.step(request)];
      expect(Math.abs(found.loss / expected.loss - 1), `loss ${step}`).toBeLessThan(1e-4);
      expect(Math.abs(found.gradientNorm / expected.gradientNorm - 1), `norm ${step}`).toBeLessThan(1e-3);
      expect(found.note?.message).toEqual(
        step === 1
          ? expect.stringMatching(/^compiled the training graph with the first step, in [\d.]+ s$/)
          : undefined,
      );
    }
    for (const session of [plain, compiled]) await session.close();
  });

  it('fails in words where it cannot compile; auto does not', async () => {
    const subject = await smallSubject('head-only');
    const broken = programCommand(
      { python: python(), foundBy: 'the test' },
      { ...process.env, CXX: 'no-such-compiler', TORCHINDUCTOR_FORCE_DISABLE_CACHES: '1' },
    );
    const open = async (options: OpenOptions) => openSession(await openTorch(broken, 'cpu'), subject, options);
    const [required, automatic] = [
      await open({ compile: 'on' }),
      await open({ compile: 'auto', expectedSteps: 1_000_000 }),
    ];
    await expect(required.step(someStep(subject, 1))).rejects.toThrow(
      /^compile: on needs a torch\.compile that works, got .*; install what it names .*, or use compile: auto or off$/,
    );
    const result = await automatic.step(someStep(subject, 1));
    expect(result.loss).toBeGreaterThan(0);
    // On the CPU, auto does not even try.
    expect(result.warning).toBeUndefined();
    for (const session of [required, automatic]) await session.close();
  });
});
